"""Has the people of a review's tier told that it waits for them."""

from uuid import UUID

from temporalio import activity

from activities.failures import told_to_temporal
from activities.kit import Kit
from activities.telling import tell_reviewers
from domain.base import Message
from domain.escalation import StepKind
from domain.notifications import Occasion
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import Review
from gateways.notifications import Notification
from store import proposals, reviews

OCCASION_OF = {
    StepKind.REMIND: Occasion.REMINDER,
    StepKind.ESCALATE: Occasion.ESCALATED,
    StepKind.PARK: Occasion.PARKED,
}


class NotifyInput(Message):
    """Which reviews to tell of."""

    workspace: str
    proposal_ids: tuple[UUID, ...]
    occasion: Occasion


class NotifyReviewers:
    """Holds the log as a channel, and the database."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def notify_reviewers(self, task: NotifyInput) -> None:
        """Write down who is to be told of each review that is still open, and a line in the log.

        Side effect: rows of `notices`, once for each person, occasion and tier; they are sent by
        the workspace's `NoticesWorkflow`. A retry may repeat the line in the log, which does no
        harm. Permanent failure: `not_found`.
        """
        async with told_to_temporal():
            for proposal_id in task.proposal_ids:
                notification = await self._write_down(task, proposal_id)
                if notification is not None:
                    await self._kit.notifier.notify(notification)

    async def _write_down(self, task: NotifyInput, proposal_id: UUID) -> Notification | None:
        async with self._kit.database.transaction(task.workspace) as connection:
            proposal = await proposals.get_proposal(connection, task.workspace, proposal_id)
            review = await reviews.find_review(connection, task.workspace, proposal_id)
            waits = proposal.status in {ProposalStatus.IN_REVIEW, ProposalStatus.PARKED}
            if review is None or not waits:
                return None
            occasion = _occasion(task.occasion, review)
            await tell_reviewers(self._kit, connection, task.workspace, proposal, review, occasion)
        return self._line(task, proposal, review)

    def _line(self, task: NotifyInput, proposal: Proposal, review: Review) -> Notification:
        clock = review.clock
        return Notification(
            workspace=task.workspace,
            proposal_id=proposal.id,
            occasion=task.occasion,
            group=clock.group,
            assignee=review.assignee,
            due_at=None if clock.parked else clock.due_at.isoformat(),
            address=f"{self._kit.api_url}/proposals/{proposal.id}",
        )


def _occasion(said: Occasion, review: Review) -> Occasion:
    """Return what it is for people: a review that is opened once more came back to them."""
    again = review.clock.tier_started_at > review.opened_at
    return Occasion.CAME_BACK if said is Occasion.OPENED and again else said
