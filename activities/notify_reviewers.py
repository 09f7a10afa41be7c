"""Tells the people of a review's tier that it waits for them."""

from enum import StrEnum
from uuid import UUID

from temporalio import activity

from activities.failures import told_to_temporal
from activities.kit import Kit
from domain.base import Message
from domain.escalation import StepKind
from domain.proposals import ProposalStatus
from gateways.notifications import Notification
from store import proposals, reviews


class Occasion(StrEnum):
    """Why people are told."""

    OPENED = "opened"
    REMINDER = "reminder"
    ESCALATED = "escalated"
    PARKED = "parked"


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
    """Holds the notification channel and the database."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def notify_reviewers(self, task: NotifyInput) -> None:
        """Send one notification for each review that is still open.

        Side effect: a message to people; a retry may tell them twice, which does no harm.
        Permanent failure: `not_found`.
        """
        async with told_to_temporal():
            for proposal_id in task.proposal_ids:
                notification = await self._compose(task, proposal_id)
                if notification is not None:
                    await self._kit.notifier.notify(notification)

    async def _compose(self, task: NotifyInput, proposal_id: UUID) -> Notification | None:
        async with self._kit.database.transaction(task.workspace) as connection:
            proposal = await proposals.get_proposal(connection, task.workspace, proposal_id)
            review = await reviews.find_review(connection, task.workspace, proposal_id)
        waits = proposal.status in {ProposalStatus.IN_REVIEW, ProposalStatus.PARKED}
        if review is None or not waits:
            return None
        clock = review.clock
        return Notification(
            workspace=task.workspace,
            proposal_id=proposal_id,
            occasion=task.occasion,
            group=clock.group,
            assignee=review.assignee,
            due_at=None if clock.parked else clock.due_at.isoformat(),
            address=f"{self._kit.api_url}/proposals/{proposal_id}",
        )
