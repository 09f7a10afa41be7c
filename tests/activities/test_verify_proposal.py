"""Replaying past queries with a change, and bringing in what a company knows already."""

from activities.verify_proposal import VerifyInput, VerifyProposal, VerifyResult
from domain.knowledge import Operation
from domain.proposals import Proposal, ReplayEffect
from tests.activities.world import World, run
from tests.api.rows import Rows, revising
from tests.domain.builders import submission
from tests.workflows.scripted import article


async def verify(world: World, proposal: Proposal) -> VerifyResult:
    task = VerifyInput(workspace=world.workspace, proposal_id=proposal.id)
    return await run(VerifyProposal(world.kit).verify_proposal, task)


async def test_a_query_that_was_handed_off_and_is_answered_now_is_fixed(world: World) -> None:
    proposal = await world.drafted()
    result = await verify(world, proposal)
    assert (result.fixed, result.broken, result.fixes_original) == (1, 0, True)
    verification = (await world.read(proposal.id)).verification
    assert verification is not None
    assert verification.content_hash == proposal.content_hash
    assert [case.effect for case in verification.cases] == [ReplayEffect.FIXED]


async def test_a_draft_is_verified_once(world: World) -> None:
    proposal = await world.drafted()
    first = await verify(world, proposal)
    before = (await world.read(proposal.id)).verification
    await Rows(world.database, world.workspace).item()
    assert await verify(world, proposal) == first
    assert (await world.read(proposal.id)).verification == before


async def test_verifying_publishes_nothing(world: World) -> None:
    await verify(world, await world.drafted())
    assert await world.count("items") == 0
    assert await world.count("passages") == 0


async def test_past_queries_are_replayed_with_the_original_first_and_each_once(
    world: World,
) -> None:
    asks = ["Where is my refund?", "Where is my refund now?", "Where is my refund?"]
    for number, ask in enumerate(asks):
        conversation = [{"role": "customer", "text": ask}]
        await world.analyzed(submission(external_id=str(number), conversation=conversation))
    proposal = await world.drafted(article())
    await verify(world, proposal)
    verification = (await world.read(proposal.id)).verification
    assert verification is not None
    assert verification.cases[0].is_original
    assert sorted(case.query for case in verification.cases) == sorted(set(asks))


async def test_an_answer_that_a_retirement_takes_away_is_broken(world: World) -> None:
    item_id, _ = await Rows(world.database, world.workspace).item()
    change = revising(item_id, "Refunds take 5 days.").model_copy(
        update={"operation": Operation.RETIRE}
    )
    result = await verify(world, await world.drafted(change))
    assert (result.broken, result.fixes_original) == (1, False)
