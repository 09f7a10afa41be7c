"""A rejected gap is held back, is counted, and comes back when enough new cases show it."""

import asyncio
from dataclasses import replace
from uuid import UUID

from activities.draft_proposals import DraftResult
from domain.erasure import ERASED
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import RejectionReason, Verdict
from domain.suppression import MAX_LIFTS_AFTER, LiftedBecause, Suppression, SuppressionStatus
from store import proposals, suppressions
from tests.activities.customer import ASK, erase, held, of_customer, proposal_of, record
from tests.activities.world import World
from tests.api.fakes import WordEmbedder
from tests.api.rows import Rows, adding, revising
from tests.workflows.scripted import article

_S = SuppressionStatus


async def reject(world: World, proposal: Proposal, comment: str = "Ask sales instead.") -> None:
    decision = await world.write(proposal, verdict=Verdict.REJECT, comment=comment)
    assert (await world.settle(decision)).status is ProposalStatus.REJECTED


async def rejected(world: World, lifts_after: int | None = None) -> Proposal:
    """Return a rejected proposal; what its analyst says from now on is the same again."""
    proposal = await world.in_review(article())
    await reject(world, proposal)
    if lifts_after is not None:
        await world.execute(
            "UPDATE suppressions SET lifts_after = %s WHERE workspace = %s",
            lifts_after,
            world.workspace,
        )
    return proposal


async def again(world: World) -> DraftResult:
    return await world.draft(await world.analyzed())


async def listed(world: World) -> list[Suppression]:
    async with world.database.transaction(world.workspace) as connection:
        return await suppressions.list_suppressions(connection, world.workspace)


async def edit(world: World, suppression_id: UUID, status: SuppressionStatus) -> None:
    async with world.database.transaction(world.workspace) as connection:
        await suppressions.edit_suppression(
            connection, world.workspace, suppression_id, by="ada", status=status
        )


async def test_a_rejection_is_kept_with_its_reason(world: World) -> None:
    proposal = await rejected(world)
    [kept] = await listed(world)
    assert kept.proposal_id == proposal.id
    assert (kept.rejected_by, kept.reason) == ("lee", "Ask sales instead.")
    assert (kept.status, kept.lifts_after, kept.held_back) == (_S.ACTIVE, 5, 0)
    assert "gap_suppressed" in await world.actions()


async def test_cases_do_not_outweigh_what_was_rejected_as_unsafe(world: World) -> None:
    proposal = await world.in_review(article())
    decision = await world.write(
        proposal, verdict=Verdict.REJECT, rejection_reason=RejectionReason.UNSAFE
    )
    await world.settle(decision)
    [kept] = await listed(world)
    assert (kept.rejection_reason, kept.lifts_after) == (RejectionReason.UNSAFE, MAX_LIFTS_AFTER)


async def test_settling_a_rejection_again_keeps_one_suppression(world: World) -> None:
    proposal = await world.in_review(article())
    decision = await world.write(proposal, verdict=Verdict.REJECT)
    for _ in range(2):
        await world.settle(decision)
    assert len(await listed(world)) == 1


async def test_other_decisions_suppress_nothing(world: World) -> None:
    await world.approved(article())
    proposal = await world.in_review(article("Ask the harbour master about the ship."))
    await world.settle(await world.write(proposal, verdict=Verdict.REQUEST_CHANGES))
    assert await listed(world) == []


async def test_the_same_draft_is_held_back_and_counted(world: World) -> None:
    await rejected(world)
    results = [await again(world) for _ in range(2)]
    assert [(r.own, r.merged, r.held_back) for r in results] == [((), 0, 1)] * 2
    [kept] = await listed(world)
    assert (kept.status, kept.held_back) == (_S.ACTIVE, 2)
    assert (await world.actions()).count("proposal_suppressed") == 2


async def test_an_attempt_that_is_repeated_counts_once(world: World) -> None:
    await rejected(world)
    intervention_id = await world.analyzed()
    results = await asyncio.gather(*(world.draft(intervention_id) for _ in range(4)))
    assert {result.held_back for result in results} == {1}
    assert [kept.held_back for kept in await listed(world)] == [1]
    assert (await world.actions()).count("proposal_suppressed") == 1


async def test_another_gap_is_proposed_all_the_same(world: World) -> None:
    await rejected(world)
    other = await world.drafted(article("Harbour masters weigh every anchor on Tuesdays only."))
    assert other.status is ProposalStatus.DRAFTING


async def test_an_open_proposal_of_the_gap_takes_the_evidence_first(world: World) -> None:
    await rejected(world, lifts_after=1)
    back = await world.read((await again(world)).own[0].proposal_id)
    assert (await again(world)).merged == 1
    assert (await world.read(back.id)).support == 2


async def test_enough_cases_bring_it_back_with_all_of_them(world: World) -> None:
    first = await rejected(world, lifts_after=3)
    results = [await again(world) for _ in range(3)]
    assert [len(result.own) for result in results] == [0, 0, 1]
    proposal = await world.read(results[-1].own[0].proposal_id)
    assert proposal.support == 3
    [kept] = await listed(world)
    assert (kept.status, kept.lifted_because) == (_S.LIFTED, LiftedBecause.ENOUGH_EVIDENCE)
    assert (kept.proposal_id, kept.successor_id) == (first.id, proposal.id)
    assert "suppression_ended" in await world.actions()


async def test_cases_at_once_bring_it_back_once(world: World) -> None:
    """None is lost, and none counts past another."""
    await rejected(world, lifts_after=4)
    interventions = [await world.analyzed() for _ in range(8)]
    results = await asyncio.gather(*(world.draft(i) for i in interventions))
    [own] = [proposal for result in results for proposal in result.own]
    assert sum(result.merged for result in results) == 4
    assert (await world.read(own.proposal_id)).support == 8


async def test_what_was_lifted_by_hand_comes_with_the_next_case(world: World) -> None:
    await rejected(world)
    await again(world)
    [kept] = await listed(world)
    await edit(world, kept.id, _S.LIFTED)
    assert await world.count("proposals") == 1

    [own] = (await again(world)).own
    assert (await world.read(own.proposal_id)).support == 2
    [kept] = await listed(world)
    assert (kept.lifted_because, kept.lifted_by) == (LiftedBecause.BY_HAND, "ada")


async def test_one_that_is_active_again_holds_back_again(world: World) -> None:
    await rejected(world)
    [kept] = await listed(world)
    await edit(world, kept.id, _S.LIFTED)
    await edit(world, kept.id, _S.ACTIVE)
    assert (await again(world)).held_back == 1


async def test_a_second_rejection_suppresses_anew(world: World) -> None:
    await rejected(world, lifts_after=1)
    [own] = (await again(world)).own
    back = await world.read(own.proposal_id)
    await world.open(back)
    await reject(world, await world.read(back.id), "Still no.")
    assert (await again(world)).held_back == 1
    assert [kept.status for kept in await listed(world)] == [_S.ACTIVE, _S.LIFTED]


async def test_a_new_revision_of_the_item_ends_the_reason(world: World) -> None:
    rows = Rows(world.database, world.workspace)
    item_id, _ = await rows.item(adding())
    change = revising(item_id, "Refunds take 5 days. Ask sales for more.")
    await reject(world, await world.in_review(change))
    assert (await again(world)).held_back == 1
    assert [kept.status for kept in await listed(world)] == [_S.ACTIVE]

    await rows.item(revising(item_id, "Refunds take 7 days."))
    assert [kept.status for kept in await listed(world)] == [_S.LAPSED]
    world.analyst.change = lambda _: revising(
        item_id, "Refunds take 5 days. Ask sales for more.", base=2
    )
    [own] = (await again(world)).own
    assert (await world.read(own.proposal_id)).support == 2


class OtherEmbedder(WordEmbedder):
    """Another model, whose vectors cannot be compared with the first's."""

    name = "other words"


async def test_a_rejection_outlives_the_embedding_model(world: World) -> None:
    await rejected(world)
    later = World(replace(world.kit, embedder=OtherEmbedder()), world.workspace)
    assert (await again(later)).held_back == 1


async def test_other_workspaces_are_not_held_back(world: World) -> None:
    await rejected(world)
    other = World(world.kit, f"{world.workspace}-b")
    await world.execute("INSERT INTO workspaces (id) VALUES (%s)", other.workspace)
    assert len((await again(other)).own) == 1


async def test_what_is_held_back_of_an_erased_customer_is_erased(world: World) -> None:
    await rejected(world, lifts_after=2)
    await world.draft(await world.analyzed(of_customer()))
    [kept] = await listed(world)
    await erase(world)
    async with world.database.transaction(world.workspace) as connection:
        [left] = await suppressions.list_held_back(connection, world.workspace, kept.id)
    assert (left.finding.summary, left.ask) == (ERASED, "")

    [own] = (await again(world)).own
    async with world.database.transaction(world.workspace) as connection:
        evidence = await proposals.list_evidence(connection, world.workspace, own.proposal_id)
    assert sorted(entry.finding.summary == ERASED for entry in evidence) == [False, True]
    assert held(await record(world)) == []


async def test_a_reason_loses_what_an_erased_customer_said(world: World) -> None:
    world.analyst.change = lambda _: article()
    proposal = await proposal_of(world, of_customer())
    await reject(world, proposal, f"One case: {ASK}")
    await erase(world)
    assert "zither" not in (await listed(world))[0].reason
    assert held(await record(world)) == []
