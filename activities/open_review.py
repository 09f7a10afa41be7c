"""Opens the human task of a proposal, or reads how far an open one has come."""

from uuid import UUID

from pydantic import AwareDatetime
from temporalio import activity

from activities.failures import told_to_temporal
from activities.kit import Kit
from activities.origins import author_of, set_in_review
from domain.base import Message
from domain.escalation import ReviewClock, restart_clock
from domain.knowledge import ItemKind
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import Review
from store import audit, proposals, reviews
from store.database import Connection


class OpenReviewInput(Message):
    """Which proposal to put before people. `now` is the workflow's time."""

    workspace: str
    proposal_id: UUID
    now: AwareDatetime


class ReviewOpened(Message):
    """The review's clock, and where the proposal stands."""

    status: ProposalStatus
    kind: ItemKind
    clock: ReviewClock
    support: int


class OpenReview:
    """Holds the database and the escalation policies."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def open_review(self, task: OpenReviewInput) -> ReviewOpened:
        """Move a drafted (or redrafted) proposal into review, with a clock that starts now.

        Side effects: a row of `reviews`, keyed by the proposal, and its status. Of a proposal
        that waits, is parked or is closed it only reads the clock. Permanent failure: `not_found`.
        """
        async with told_to_temporal(), self._kit.database.transaction(task.workspace) as connection:
            proposal = await proposals.lock_proposal(connection, task.workspace, task.proposal_id)
            review = await reviews.find_review(connection, task.workspace, proposal.id)
            is_new_draft = proposal.status in {
                ProposalStatus.DRAFTING,
                ProposalStatus.CHANGES_REQUESTED,
                ProposalStatus.CONFLICTED,
            }
            if review is not None and not is_new_draft:
                return _opened(proposal, proposal.status, review.clock)
            clock = restart_clock(self._kit.policies.of(proposal.change.kind), task.now)
            await self._open(connection, task, proposal, review, clock)
            return _opened(proposal, ProposalStatus.IN_REVIEW, clock)

    async def _open(
        self,
        connection: Connection,
        task: OpenReviewInput,
        proposal: Proposal,
        review: Review | None,
        clock: ReviewClock,
    ) -> None:
        workspace = task.workspace
        if review is None:
            review = Review(
                proposal_id=proposal.id,
                clock=clock,
                author=await author_of(connection, workspace, proposal.origin),
                opened_at=task.now,
            )
            await reviews.insert_review(connection, workspace, review)
        else:
            await reviews.set_clock(connection, workspace, proposal.id, clock)
        await proposals.move_proposal(connection, workspace, proposal, ProposalStatus.IN_REVIEW)
        await set_in_review(connection, workspace, proposal.origin)
        await audit.record(
            connection,
            workspace,
            actor="system",
            action="review_opened",
            subject=f"proposal/{proposal.id}",
            details={"content_hash": proposal.content_hash, "group": clock.group.value},
        )


def _opened(proposal: Proposal, status: ProposalStatus, clock: ReviewClock) -> ReviewOpened:
    return ReviewOpened(
        status=status, kind=proposal.change.kind, clock=clock, support=proposal.support
    )
