"""Edits of reviewers, from the click to the ruling after their verification."""

from activities.settle_edit import SettleEdit, SettleEditInput, SettleEditResult
from activities.verify_proposal import VerifyInput, VerifyProposal
from domain.edits import SeenProof
from domain.knowledge import Change
from domain.proposals import Proposal
from domain.reviews import Decision
from tests.activities.world import World, run


async def verify(world: World, proposal: Proposal) -> Proposal:
    """Verify a proposal's draft; return it with its proof."""
    task = VerifyInput(workspace=world.workspace, proposal_id=proposal.id)
    await run(VerifyProposal(world.kit).verify_proposal, task)
    return await world.read(proposal.id)


async def settle_edit(
    world: World, decision: Decision, seen: SeenProof | None = None
) -> SettleEditResult:
    """Rule on the approval of an edit, verified or not."""
    task = SettleEditInput(
        workspace=world.workspace,
        proposal_id=decision.proposal_id,
        decision_id=decision.id,
        seen=seen,
    )
    return await run(SettleEdit(world.kit).settle_edit, task)


async def verify_and_settle_edit(
    world: World, decision: Decision, seen: SeenProof | None = None
) -> SettleEditResult:
    """Verify the edit and rule on its approval, as the workflow does."""
    await verify(world, await world.read(decision.proposal_id))
    return await settle_edit(world, decision, seen)


async def approve_edit(world: World, proposal: Proposal, edit: Change) -> SettleEditResult:
    """Approve with these words, from the click to the ruling."""
    decision = await world.write(proposal, edit=edit)
    settled = await world.settle(decision)
    assert settled.edited
    return await verify_and_settle_edit(world, decision, settled.seen)
