"""What an erasure leaves of golden queries, and of reports that quote them."""

from uuid import UUID

from domain.erasure import ERASED
from domain.golden import Expectation, Expected
from domain.outcomes import HandledBy
from domain.proposals import KeptDraft, SentBack
from store import golden, outcomes, proposals
from tests.activities.customer import ASK, QUOTE, erase, held, of_customer, proposal_of, record
from tests.activities.world import World
from tests.workflows.scripted import article


async def expect(world: World, text: str, *must_contain: str, note: str = "") -> UUID:
    expected = Expected(expects=Expectation.ANSWERED, must_contain=must_contain)
    async with world.database.transaction(world.workspace) as connection:
        put = await golden.put_golden_query(
            connection, world.workspace, text=text, expected=expected, note=note, created_by="lee"
        )
    return put.golden.id


async def in_the_set(world: World) -> set[UUID]:
    async with world.database.transaction(world.workspace) as connection:
        found = await golden.list_golden_queries(connection, world.workspace)
    return {each.id for each in found}


async def test_their_golden_queries_lose_their_words_and_leave_the_set(world: World) -> None:
    ordinary = await expect(world, "How long do refunds take?", "5 days")
    await expect(world, ASK)
    await expect(world, "Who has it?", f"We have {QUOTE}.")
    await expect(world, "Who sent it?", note=f"Asked of {QUOTE}.")
    await world.analyzed(of_customer())

    await erase(world)

    assert await in_the_set(world) == {ordinary}
    assert held(await record(world)) == []


async def test_a_report_loses_what_it_was_replayed_on_and_why_it_was_sent_back(
    world: World,
) -> None:
    async with world.database.transaction(world.workspace) as connection:
        await outcomes.record_outcome(
            connection, world.workspace, text=ASK, handled_by=HandledBy.AGENT
        )
    await expect(world, f"Who has {QUOTE}?", f"We have {QUOTE}.")
    await world.analyzed(of_customer())
    other = of_customer("Where is my drum?", "c-2")
    proposal = await proposal_of(world, other, article("Ask the warehouse."))
    assert proposal.verification
    sent_back = SentBack(reason=f"'{ASK}' is handed off.", kept=KeptDraft.FIRST)
    async with world.database.transaction(world.workspace) as connection:
        await proposals.save_verification(
            connection,
            world.workspace,
            proposal.id,
            proposal.verification.model_copy(update={"sent_back": sent_back}),
        )

    await erase(world)

    assert held(await record(world)) == []
    verification = (await world.read(proposal.id)).verification
    assert verification
    assert [case.query for case in verification.cases if ERASED in case.query]
