import asyncio
import dataclasses

from activities.redraft_proposal import RedraftInput, RedraftProposal, RedraftResult
from domain.cases import Case, Draft
from domain.findings import Finding, ModelUsage
from domain.knowledge import Change, Operation
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import Verdict
from store import interventions, knowledge, proposals, reviews
from store.proposals import DraftRecord
from tests.activities.world import World, run
from tests.api.rows import revising
from tests.domain.builders import submission
from tests.workflows.scripted import ScriptedAnalyst

_S = ProposalStatus


async def redraft(world: World, proposal: Proposal) -> RedraftResult:
    task = RedraftInput(workspace=world.workspace, proposal_id=proposal.id)
    return await run(RedraftProposal(world.kit).redraft_proposal, task)


async def to_change(world: World) -> Proposal:
    """Return a proposal for which changes were requested."""
    proposal = await world.in_review()
    await world.settle(await world.write(proposal, verdict=Verdict.REQUEST_CHANGES))
    return await world.read(proposal.id)


async def conflicted(world: World) -> Proposal:
    """Return an approved revision whose item was revised by another one first."""
    await world.apply(await world.approved())
    (row,) = await world.execute("SELECT id FROM items WHERE workspace = %s", world.workspace)
    late = await world.approved(revising(row["id"], "Late."))
    await world.apply(await world.approved(revising(row["id"], "Early, in quite other words.")))
    await world.apply(late)
    return await world.read(late.id)


async def drafts(world: World, proposal: Proposal) -> list[DraftRecord]:
    async with world.database.transaction(world.workspace) as connection:
        return await proposals.list_drafts(connection, world.workspace, proposal.id)


async def test_the_reviewers_comment_leads_to_the_next_draft(world: World) -> None:
    proposal = await to_change(world)
    assert (await redraft(world, proposal)).status is _S.CHANGES_REQUESTED
    now = await world.read(proposal.id)
    assert now.draft == 2
    assert now.rationale == "because"
    assert now.content_hash != proposal.content_hash


async def test_a_comment_is_answered_once(world: World) -> None:
    """An attempt whose result was lost has stored the draft: the next one makes no other."""
    proposal = await to_change(world)
    for _ in range(3):
        await redraft(world, proposal)
    assert world.analyst.redrafts == 1
    assert len(await drafts(world, proposal)) == 2


async def test_a_second_comment_leads_to_a_third_draft(world: World) -> None:
    proposal = await to_change(world)
    await redraft(world, proposal)
    await world.open(proposal)
    second = await world.write(await world.read(proposal.id), verdict=Verdict.REQUEST_CHANGES)
    await world.settle(second)
    await redraft(world, proposal)
    assert world.analyst.redrafts == 2


async def test_four_runs_at_once_store_one_draft(world: World) -> None:
    proposal = await to_change(world)
    await asyncio.gather(*(redraft(world, proposal) for _ in range(4)))
    assert len(await drafts(world, proposal)) == 2


async def test_a_conflict_is_put_onto_the_head_once(world: World) -> None:
    proposal = await conflicted(world)
    for _ in range(2):
        assert (await redraft(world, proposal)).status is _S.CONFLICTED
    now = await world.read(proposal.id)
    assert (now.draft, now.change.base_revision) == (2, 2)


async def test_approvals_do_not_follow_a_change_onto_another_base(world: World) -> None:
    proposal = await conflicted(world)
    await redraft(world, proposal)
    now = await world.read(proposal.id)
    async with world.database.transaction(world.workspace) as connection:
        approvals = await reviews.list_approvals(
            connection, world.workspace, proposal.id, now.content_hash
        )
    assert approvals == []


async def test_a_conflict_that_is_approved_again_becomes_knowledge(world: World) -> None:
    proposal = await conflicted(world)
    await redraft(world, proposal)
    await world.open(proposal)
    await world.settle(await world.write(await world.read(proposal.id)))
    assert (await world.apply(proposal)).status is _S.APPLIED
    item_id = proposal.change.item_id
    assert item_id is not None
    async with world.database.transaction(world.workspace) as connection:
        revisions = await knowledge.list_revisions(connection, world.workspace, item_id)
    assert [revision.number for revision in revisions] == [1, 2, 3]


async def test_a_change_of_a_retired_item_is_superseded(world: World) -> None:
    await world.apply(await world.approved())
    (row,) = await world.execute("SELECT id FROM items WHERE workspace = %s", world.workspace)
    late = await world.approved(revising(row["id"], "Late."))
    retirement = revising(row["id"], "Gone.").model_copy(update={"operation": Operation.RETIRE})
    await world.apply(await world.approved(retirement))
    await world.apply(late)
    for _ in range(2):
        assert (await redraft(world, late)).status is _S.SUPERSEDED


async def test_a_proposal_that_nobody_wants_changed_stays_as_it_is(world: World) -> None:
    proposal = await world.in_review()
    assert (await redraft(world, proposal)).status is _S.IN_REVIEW
    assert await world.read(proposal.id) == proposal


async def test_a_comment_brings_no_personal_data_of_the_case_into_the_draft(world: World) -> None:
    """The scripted analyst takes the comment over word for word."""
    profile = {"first_name": "Zoë", "last_name": "Quillfeather", "email": "zoe.q@example.com"}
    call = {"name": "get_customer", "arguments": {}, "result": profile}
    posted = submission(
        conversation=[
            {"role": "customer", "text": "Where is my lost parcel?"},
            {"role": "agent", "text": "I looked.", "tool_calls": [call]},
        ]
    )
    result = await world.draft(await world.analyzed(posted))
    proposal = await world.read(result.own[0].proposal_id)
    await world.open(proposal)
    comment = "Say: ask Zoë Quillfeather, zoe.q@example.com, or help@shop.example."
    verdict = Verdict.REQUEST_CHANGES
    await world.settle(await world.write(proposal, verdict=verdict, comment=comment))
    await redraft(world, proposal)
    now = (await world.read(proposal.id)).model_dump_json()
    assert "Say: ask [NAME], [EMAIL], or help@shop.example." in now
    assert not any(secret in now for secret in ("Zoë", "Quillfeather", "zoe.q@"))


class PaidAnalyst(ScriptedAnalyst):
    """Says what its drafts cost."""

    async def redraft(self, case: Case, finding: Finding, previous: Change, comment: str) -> Draft:
        """Return a draft that took seven tokens."""
        draft = await super().redraft(case, finding, previous, comment)
        return draft.model_copy(update={"usage": ModelUsage(output_tokens=7)})


async def test_what_a_new_draft_has_cost_is_kept(world: World) -> None:
    world.kit = dataclasses.replace(world.kit, analyst=PaidAnalyst())
    proposal = await to_change(world)
    for _ in range(2):
        await redraft(world, proposal)
    async with world.database.transaction(world.workspace) as connection:
        analysis = await interventions.find_analysis(
            connection, world.workspace, proposal.origin.id
        )
    assert analysis is not None
    assert analysis.usage is not None
    assert analysis.usage.output_tokens == 7
