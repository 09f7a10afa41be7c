"""Records what the clock did to a review: a reminder, the next tier, or parking."""

from uuid import UUID

from temporalio import activity

from activities.failures import told_to_temporal
from activities.kit import Kit
from activities.origins import set_waiting_status
from domain.base import Message
from domain.escalation import ReviewClock, StepKind
from domain.proposals import ProposalStatus
from store import audit, proposals, reviews


class EscalateInput(Message):
    """The step, and the review's clock after it."""

    workspace: str
    proposal_id: UUID
    step: StepKind
    clock: ReviewClock


class EscalateResult(Message):
    """Where the proposal stands after the step."""

    status: ProposalStatus


class EscalateReview:
    """Holds the database."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def escalate_review(self, task: EscalateInput) -> EscalateResult:
        """Write the clock that the workflow has moved on; park the proposal after the last tier.

        Side effects: the row of `reviews` and, when parked, the proposal's status; writing the
        same clock twice changes nothing. A proposal that is decided stays as it is. Never
        approves. Permanent failure: `not_found`.
        """
        async with told_to_temporal(), self._kit.database.transaction(task.workspace) as connection:
            proposal = await proposals.lock_proposal(connection, task.workspace, task.proposal_id)
            if proposal.status is not ProposalStatus.IN_REVIEW:
                return EscalateResult(status=proposal.status)
            await reviews.set_clock(connection, task.workspace, proposal.id, task.clock)
            status = ProposalStatus.IN_REVIEW
            if task.step is StepKind.PARK:
                status = ProposalStatus.PARKED
                await proposals.move_proposal(connection, task.workspace, proposal, status)
                await set_waiting_status(connection, task.workspace, proposal.origin)
            await audit.record(
                connection,
                task.workspace,
                actor="system",
                action=f"review_{task.step}",
                subject=f"proposal/{proposal.id}",
                details={"tier": task.clock.tier, "group": task.clock.group.value},
            )
            return EscalateResult(status=status)
