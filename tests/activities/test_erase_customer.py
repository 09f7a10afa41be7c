import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from activities.erase_customer import EraseCustomer, EraseResult
from activities.redraft_proposal import RedraftInput, RedraftProposal
from domain.base import JsonValue
from domain.erasure import ERASED
from domain.erasure_requests import ErasureStatus
from domain.identity import ApiRole
from domain.knowledge import Change
from domain.outcomes import HandledBy
from domain.proposals import ProposalStatus
from domain.reviews import Verdict
from store import (
    erasures,
    interventions,
    knowledge,
    outcomes,
    proposals,
    reviews,
    workspaces,
)
from store.database import Database
from tests.activities.customer import (
    ASK,
    QUOTE,
    REF,
    SECRETS,
    applied,
    asked,
    erase,
    held,
    items,
    of_customer,
    proposal_of,
    record,
    task_of,
)
from tests.activities.world import World, failure, run
from tests.api.fakes import WordEmbedder
from tests.workflows.scripted import article


async def test_nothing_of_the_customer_is_left_in_any_row(world: World) -> None:
    first = await applied(world, await proposal_of(world, of_customer()))
    # Another's case is verified by the customer's query, and a later revision keeps its words.
    other = of_customer("Is there a lost and found office in Bergen?", "c-2")
    change = first.change.model_copy(
        update={
            "operation": "revise",
            "item_id": (await items(world))[0],
            "base_revision": 1,
            "content": first.change.content.model_copy(update={"title": "A lost zither"}),
        }
    )
    await applied(world, await proposal_of(world, other, Change.model_validate(dict(change))))
    waiting = await proposal_of(world, of_customer(f"{ASK} Again!"), article(f"He asks: {QUOTE}."))
    await world.write(
        waiting, verdict=Verdict.REQUEST_CHANGES, comment=f"Do not say “{QUOTE}”, please."
    )
    async with world.database.transaction(world.workspace) as connection:
        await reviews.add_comment(
            connection, world.workspace, waiting.id, by="rae", body=f"{QUOTE}: mail {SECRETS[-1]}"
        )
        await outcomes.record_outcome(
            connection, world.workspace, text=ASK, handled_by=HandledBy.HUMAN
        )
    assert held(await record(world)) == list(SECRETS)

    await erase(world)

    left = await record(world)
    assert held(left) == []
    kept = ["lost and found office in bergen", "the warehouse knows."]
    assert held(left, kept) == kept


async def test_what_was_wrongly_taken_for_nobodys_is_erased_too(world: World) -> None:
    await world.analyzed(of_customer())
    async with world.database.transaction(world.workspace) as connection:
        said: list[JsonValue] = ["Balthasar", "Dock Road 7"]
        await workspaces.change_settings(connection, world.workspace, {"public_texts": said})

    await erase(world)

    async with world.database.transaction(world.workspace) as connection:
        settings = await workspaces.read_settings(connection, world.workspace)
    assert settings.public_texts == ("Dock Road 7",)


async def test_public_texts_are_not_read_while_somebody_adds_to_them(
    world: World, impatient: Database
) -> None:
    """What is added would be written over, or what is erased written back."""
    await world.analyzed(of_customer())
    erasure = await asked(world)
    async with world.database.transaction(world.workspace) as connection:
        await workspaces.lock_settings(connection, world.workspace)
        kit = replace(world.kit, database=impatient)
        failed = await failure(EraseCustomer(kit).erase_customer, task_of(world, erasure))
    assert failed.type == "database_unavailable"


async def test_what_they_asked_the_agent_before_goes_whole(world: World) -> None:
    """Not a word of it need stand in the conversation: the intervention names the outcome."""
    kettle = "My copper kettle hums at night"
    async with world.database.transaction(world.workspace) as connection:
        ids = [
            await outcomes.record_outcome(
                connection,
                world.workspace,
                text=text,
                handled_by=HandledBy.HUMAN,
                handoff_reason="Nothing about it is known.",
            )
            for text in (kettle, "Is there a lost and found office?")
        ]
    shown = article().model_copy(update={"phrasings": (kettle,)})
    await proposal_of(world, of_customer("A question?", "c-2"), shown)
    await world.analyzed(of_customer(agent={"outcome_id": str(ids[0].id)}))

    await erase(world)

    left = await world.execute(
        "SELECT query, handoff_reason AS reason FROM outcomes WHERE workspace = %s ORDER BY id",
        world.workspace,
    )
    assert [(row["query"], row["reason"]) for row in left] == [
        (ERASED, ""),
        ("Is there a lost and found office?", "Nothing about it is known."),
    ]
    assert held(await record(world), ["kettle"]) == []


async def test_no_vector_of_the_customer_s_texts_is_left(world: World) -> None:
    await applied(world, await proposal_of(world, of_customer()))
    said = await world.execute(
        "SELECT ask AS text FROM analyses WHERE workspace = %s"
        " UNION SELECT body FROM passages WHERE workspace = %s AND body ~ 'zither'",
        *[world.workspace] * 2,
    )
    theirs = {vector_of(world, row["text"]) for row in said}
    assert len(theirs) >= 2
    assert theirs <= await all_vectors(world)

    await erase(world)

    assert theirs.isdisjoint(await all_vectors(world))


def vector_of(world: World, text: str) -> str:
    """Return a text's vector, as the tests compare it."""
    return rounded(world.kit.embedder.embed([text])[0].tolist())


def rounded(values: Sequence[float]) -> str:
    """Return a vector to three digits."""
    return ",".join(f"{value:.3f}" for value in values)


async def all_vectors(world: World) -> set[str]:
    """Return every vector of the workspace."""
    rows = await world.execute(
        "SELECT embedding::text AS v FROM embeddings WHERE workspace = %s"
        " UNION ALL SELECT embedding::text FROM proposals WHERE workspace = %s"
        " UNION ALL SELECT ask_embedding::text FROM analyses WHERE workspace = %s",
        *[world.workspace] * 3,
    )
    return {rounded(json.loads(row["v"])) for row in rows if row["v"]}


async def test_what_is_left_of_many_items_is_embedded_at_once(world: World) -> None:
    """Nothing can be published meanwhile, so a call for each passage would be long."""
    for number in range(3):
        change = article(f"He asks, {number} times: {QUOTE}, {number} times.")
        await applied(world, await proposal_of(world, of_customer(f"{ASK} {number}!"), change))
    calls = list[int]()

    class Counting(WordEmbedder):
        def embed(self, texts: Sequence[str]) -> Any:
            """Note how many texts come at once."""
            calls.append(len(texts))
            return super().embed(texts)

    object.__setattr__(world.kit, "embedder", Counting())

    await erase(world)

    assert len(calls) == 2
    assert calls[0] >= 3


async def test_what_is_left_is_read_and_found_as_ever(world: World) -> None:
    await applied(world, await proposal_of(world, of_customer()))
    [item_id] = await items(world)

    await erase(world)

    async with world.database.transaction(world.workspace) as connection:
        [revision] = await knowledge.list_revisions(connection, world.workspace, item_id)
        item = await knowledge.get_item(connection, world.workspace, item_id)
        bodies = await world.execute("SELECT body FROM passages WHERE item_id = %s", item_id)
    assert revision.erased_at is not None
    assert item.erased_at == revision.erased_at
    assert {row["body"] for row in bodies} == set(revision.content.passages())
    assert revision.content_hash != article(f"About {ERASED}").content_hash()


async def test_the_company_s_own_article_stays(world: World) -> None:
    own = article("Where is the turquoise zither that my uncle Balthasar shipped? On the shelf.")
    await applied(world, await proposal_of(world, of_customer("A question?", "c-2"), own))
    await world.analyzed(of_customer())

    await erase(world)

    [item_id] = await items(world)
    async with world.database.transaction(world.workspace) as connection:
        [revision] = await knowledge.list_revisions(connection, world.workspace, item_id)
    assert revision.content == own.content
    assert revision.erased_at is None


async def test_another_s_words_stay_where_both_said_them(world: World) -> None:
    same = "How long do I have to return a pair of shoes?"
    theirs = await proposal_of(world, of_customer(same, "c-2"), article(f"{same} 30 days."))
    await world.analyzed(of_customer(same))

    await erase(world)

    assert (await world.read(theirs.id)).change == theirs.change


async def test_the_audit_names_the_erasure_and_no_customer(world: World) -> None:
    await applied(world, await proposal_of(world, of_customer()))
    erasure = await asked(world)

    await erase(world, erasure)

    rows = await world.execute(
        "SELECT action, subject, details FROM audit WHERE workspace = %s ORDER BY seq DESC LIMIT 2",
        world.workspace,
    )
    assert [row["action"] for row in rows] == ["customer_erased", "revision_erased"]
    assert rows[0]["subject"] == f"erasure/{erasure.id}"
    assert rows[0]["details"]["customer_hash"] == erasure.customer_hash
    assert rows[0]["details"]["counts"]["revisions"] == 1


async def test_an_erasure_that_is_done_names_nobody_and_does_nothing_more(world: World) -> None:
    await world.analyzed(of_customer())
    erasure = await asked(world)
    assert await erase(world, erasure) == EraseResult(interventions=1)
    count = await world.count("audit")

    assert await erase(world, erasure) == EraseResult(interventions=1)

    assert await world.count("audit") == count
    async with world.database.transaction(world.workspace) as connection:
        done = await erasures.get_erasure(connection, world.workspace, erasure.id)
    assert (done.status, done.customer_ref, done.reason) == (
        ErasureStatus.DONE,
        None,
        f"of {ERASED}",
    )


async def test_an_unknown_customer_is_erased_with_no_row_changed(world: World) -> None:
    await applied(world, await proposal_of(world, of_customer()))

    assert await erase(world, await asked(world, "nobody")) == EraseResult(interventions=0)

    assert held(await record(world)) == list(SECRETS)


async def test_what_came_in_after_the_request_stays(world: World) -> None:
    erasure = await asked(world)
    posted = await world.post(of_customer())

    await erase(world, erasure)

    async with world.database.transaction(world.workspace) as connection:
        found = await interventions.get_intervention(connection, world.workspace, posted)
    assert found.submission.customer_ref == REF


async def test_an_open_proposal_goes_on_with_what_is_left_of_it(world: World) -> None:
    proposal = await proposal_of(world, of_customer())
    late = await world.write(proposal, "rae", ApiRole.REVIEWER)

    await erase(world)

    assert (await world.settle(late)).reason == "stale_content"
    left = await world.read(proposal.id)
    assert (left.status, left.draft) == (ProposalStatus.IN_REVIEW, 2)
    assert left.content_hash == left.change.content_hash() != proposal.content_hash
    async with world.database.transaction(world.workspace) as connection:
        counted = await reviews.list_approvals(
            connection, world.workspace, proposal.id, left.content_hash
        )
        drafts = await proposals.list_drafts(connection, world.workspace, proposal.id)
    assert counted == []
    assert [draft.content_hash for draft in drafts] == [proposal.content_hash, left.content_hash]
    assert (await applied(world, left)).status is ProposalStatus.APPLIED


async def test_an_approved_proposal_is_put_before_people_again(world: World) -> None:
    proposal = await proposal_of(world, of_customer())
    for by, role in (("lee", ApiRole.LEAD), ("rae", ApiRole.REVIEWER)):
        await world.settle(await world.write(proposal, by, role))

    await erase(world)

    assert (await world.apply(proposal)).status is ProposalStatus.CONFLICTED
    task = RedraftInput(workspace=world.workspace, proposal_id=proposal.id)
    await run(RedraftProposal(world.kit).redraft_proposal, task)
    await world.open(proposal)
    assert (await world.read(proposal.id)).status is ProposalStatus.IN_REVIEW


async def test_a_pending_edit_with_their_words_has_no_effect(world: World) -> None:
    proposal = await proposal_of(world, of_customer(), article("Ask the warehouse."))
    edit = article(f"Ask for {QUOTE}.")
    decision = await world.write(proposal, edit=edit)

    await erase(world)
    settled = await world.settle(decision)

    assert settled.reason == "stale_content"
    assert (await world.read(proposal.id)).status is ProposalStatus.IN_REVIEW


async def test_posted_again_an_erased_intervention_is_known_and_stays_erased(world: World) -> None:
    posted = of_customer()
    intervention_id = await world.analyzed(posted)
    await erase(world)

    for again in (posted, posted.model_copy(update={"query": "What else?"})):
        async with world.database.transaction(world.workspace) as connection:
            receipt = await interventions.take_in(connection, world.workspace, again)
        assert (receipt.intervention_id, receipt.created) == (intervention_id, False)
        assert receipt.erased
    assert held(await record(world)) == []
