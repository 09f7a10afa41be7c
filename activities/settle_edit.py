"""Rules on an approval that came with an edit, once the edit is verified."""

from uuid import UUID

from temporalio import activity

from activities.failures import told_to_temporal
from activities.kit import Kit
from activities.settle_decision import AWAITS_PROOF, record_ruling
from domain.base import Message
from domain.edits import CAME_BACK, SeenProof, setback_of
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import (
    Decision,
    DecisionEffect,
    IgnoredBecause,
    Ruling,
    rule_on,
)
from store import proposals, reviews
from store.database import Connection


class SettleEditInput(Message):
    """Which approval to rule on, and what the proof of the draft that it was given on showed."""

    workspace: str
    proposal_id: UUID
    decision_id: UUID
    seen: SeenProof | None = None


class SettleEditResult(Message):
    """Where the proposal stands; `came_back` if people are to look at the edit once more."""

    status: ProposalStatus
    came_back: bool = False


class SettleEdit:
    """Holds the database."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def settle_edit(self, task: SettleEditInput) -> SettleEditResult:
        """Let the approval of a verified edit take effect, or bring the edit back to people.

        It comes back, unapproved, if it breaks a past query that the draft before did not break,
        if it does not fix its own case any more, or if it could not be verified. People then see
        so, and may approve it as it is.

        Side effects: the decision's effect, the proposal's status, `setback` in its verification.
        Keyed by the decision: a settled one is only read again. Permanent failure: `not_found`.
        """
        async with told_to_temporal(), self._kit.database.transaction(task.workspace) as connection:
            proposal = await proposals.lock_proposal(connection, task.workspace, task.proposal_id)
            decision = await reviews.find_decision(connection, task.workspace, task.decision_id)
            if decision is None or decision.effect is not DecisionEffect.PENDING:
                return _settled_before(proposal, decision)
            ruling = await _rule(connection, task, proposal, decision)
            await reviews.settle_decision(connection, task.workspace, decision.id, ruling)
            await record_ruling(connection, task.workspace, decision, ruling)
            status = await _move(connection, task.workspace, proposal, ruling)
            return SettleEditResult(status=status, came_back=ruling.reason in CAME_BACK)


def _settled_before(proposal: Proposal, decision: Decision | None) -> SettleEditResult:
    """Return what it did, as the attempt whose result was lost would have said."""
    came_back = decision is not None and decision.reason in CAME_BACK
    return SettleEditResult(status=proposal.status, came_back=came_back)


async def _rule(
    connection: Connection, task: SettleEditInput, proposal: Proposal, decision: Decision
) -> Ruling:
    """Return what the approval does, now that it is known what the edit does."""
    if proposal.status not in AWAITS_PROOF:
        return _ignored(IgnoredBecause.REVIEW_CLOSED)
    if decision.approved_hash != proposal.content_hash:
        return _ignored(IgnoredBecause.STALE_CONTENT)
    proof = proposal.verification
    if proof is None or proof.content_hash != proposal.content_hash:
        return _ignored(IgnoredBecause.EDIT_NOT_VERIFIED)
    setback = setback_of(task.seen, proof)
    if setback is not None:
        report = proof.model_copy(update={"setback": setback})
        await proposals.save_verification(connection, task.workspace, proposal.id, report)
        return _ignored(IgnoredBecause.EDIT_BREAKS)
    return rule_on(
        decision.model_copy(update={"content_hash": decision.approved_hash, "edited_change": None}),
        status=ProposalStatus.IN_REVIEW,
        content_hash=proposal.content_hash,
        review=await reviews.get_review(connection, task.workspace, proposal.id),
        approvals=await reviews.list_approvals(
            connection, task.workspace, proposal.id, proposal.content_hash
        ),
        change=proposal.change,
    )


def _ignored(reason: IgnoredBecause) -> Ruling:
    return Ruling(effect=DecisionEffect.IGNORED, reason=reason)


async def _move(
    connection: Connection, workspace: str, proposal: Proposal, ruling: Ruling
) -> ProposalStatus:
    """Put the edited draft before people, and approve it if enough of them have approved it.

    Where the approval was overtaken, the proposal stays where it is: the workflow opens it anew,
    verified, and tells people.
    """
    overtaken = ruling.effect is DecisionEffect.IGNORED and ruling.reason not in CAME_BACK
    if proposal.status not in AWAITS_PROOF or overtaken:
        return proposal.status
    status = ProposalStatus.IN_REVIEW
    if proposal.status is not status:
        await proposals.move_proposal(connection, workspace, proposal, status)
    if ruling.effect is DecisionEffect.APPROVED:
        reviewed = proposal.model_copy(update={"status": status})
        status = ProposalStatus.APPROVED
        await proposals.move_proposal(connection, workspace, reviewed, status)
    return status
