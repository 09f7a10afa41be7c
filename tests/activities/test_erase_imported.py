"""What an import brought in, or has yet to bring in, of a customer who is erased."""

from activities.import_items import ImportItems
from domain.imports import ImportOutcome, KnowledgeEntry
from store import imports
from tests.activities.customer import (
    QUOTE,
    applied,
    erase,
    held,
    of_customer,
    proposal_of,
    record,
)
from tests.activities.test_import_items import bring_in, entry, staged
from tests.activities.test_overtaking import Overtaken
from tests.activities.world import World, failure, run


async def phrasings(world: World) -> set[str]:
    """Return all wordings that find an item, or did."""
    rows = await world.execute(
        "SELECT body FROM passages WHERE workspace = %s AND source = 'phrasing'", world.workspace
    )
    return {row["body"] for row in rows}


async def test_a_wording_that_was_exported_and_imported_is_gone(world: World) -> None:
    await applied(world, await proposal_of(world, of_customer()))
    async with world.database.transaction(world.workspace) as connection:
        [exported] = await imports.list_entries(connection, world.workspace)
    assert held(" ".join(exported.phrasings).lower()) == ["zither", "trondheim"]
    ordinary = "how do I find something that was lost"
    again = {"id": None, "phrasings": (*exported.phrasings, ordinary), "revision": None}
    await bring_in(world, KnowledgeEntry.model_validate(exported.model_copy(update=again)))

    await erase(world)

    assert await phrasings(world) == {ordinary}
    assert held(await record(world)) == []


async def test_a_short_wording_of_theirs_is_gone_and_a_closed_one_too(world: World) -> None:
    short = "My zither, Trondheim?"
    [line] = await bring_in(world, entry("One.", phrasings=(short, "where is it")))
    await bring_in(world, entry("One.", id=line.item_id, status="retired"))
    await world.analyzed(of_customer(short))

    await erase(world)

    assert await phrasings(world) == {"where is it"}


async def test_a_wording_that_is_another_s_by_the_record_is_gone_too(world: World) -> None:
    other = await world.post(of_customer("Where is my drum?", "c-2"))
    await bring_in(world, entry("One.", phrasings=(f"Who has {QUOTE}?",)))
    await world.execute(
        "UPDATE passages SET intervention_id = %s WHERE workspace = %s", other, world.workspace
    )
    await world.analyzed(of_customer())

    await erase(world)

    assert await phrasings(world) == set()


async def test_an_import_that_waits_with_their_words_is_ended(world: World) -> None:
    await world.analyzed(of_customer())
    theirs = await staged(world, entry("One."), entry(f"Somebody seeks {QUOTE}."))
    other = await staged(world, entry("Two."))

    await erase(world)

    assert held(await record(world)) == []
    ended = await failure(ImportItems(world.kit).import_items, theirs)
    assert (ended.type, ended.non_retryable) == ("import_ended", True)
    brought = await run(ImportItems(world.kit).import_items, other)
    assert brought.outcomes == {ImportOutcome.ADDED: 1}
    assert await world.count("items") == 1


async def test_an_import_that_shares_but_a_word_with_them_goes_on(world: World) -> None:
    await world.analyzed(of_customer("article"))
    task = await staged(world, entry("One.", phrasings=("an article",)))

    await erase(world)

    assert (await run(ImportItems(world.kit).import_items, task)).outcomes
    assert await phrasings(world) == {"an article"}


async def test_an_import_that_the_erasure_overtakes_brings_nothing_in(world: World) -> None:
    await world.analyzed(of_customer())
    task = await staged(world, entry(f"Somebody seeks {QUOTE}."))
    Overtaken(world)

    ended = await failure(ImportItems(world.kit).import_items, task)

    assert ended.type == "import_ended"
    assert held(await record(world)) == []
