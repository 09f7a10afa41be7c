"""Rules on a claim, release, assignment or reopening, and records what it did."""

from uuid import UUID

from pydantic import AwareDatetime
from temporalio import activity

from activities.failures import told_to_temporal
from activities.kit import Kit
from activities.origins import set_in_review
from activities.telling import tell_assignee, tell_reviewers
from domain.base import Message
from domain.escalation import ReviewClock, restart_clock
from domain.notifications import Occasion
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import CommandKind, ReviewCommand, rule_on_command
from store import audit, proposals, reviews
from store.database import Connection


class SettleCommandInput(Message):
    """Which command to rule on, for which of the workflow's proposals, at the workflow's time."""

    workspace: str
    proposal_id: UUID
    command_id: UUID
    now: AwareDatetime


class SettleCommandResult(Message):
    """Where the proposal stands, and its review's clock if the command started it again."""

    took_effect: bool
    status: ProposalStatus
    clock: ReviewClock | None = None


class SettleCommand:
    """Holds the database and the escalation policies."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def settle_command(self, task: SettleCommandInput) -> SettleCommandResult:
        """Apply the rules to one command, in one transaction.

        Side effects: the review's assignee; for a reopening the proposal's status and a clock
        that starts again under the policy of today; notices to whom it concerns. Keyed by the
        command: a settled one changes nothing more. Permanent failure: `not_found`.
        """
        async with told_to_temporal(), self._kit.database.transaction(task.workspace) as connection:
            workspace = task.workspace
            proposal = await proposals.lock_proposal(connection, workspace, task.proposal_id)
            command = await reviews.find_command(connection, workspace, task.command_id)
            review = await reviews.get_review(connection, workspace, proposal.id)
            known = command is not None and command.proposal_id == proposal.id
            if command is None or not known or command.took_effect is not None:
                in_review = proposal.status is ProposalStatus.IN_REVIEW
                return SettleCommandResult(
                    took_effect=False,
                    status=proposal.status,
                    clock=review.clock if in_review else None,
                )
            ruling = rule_on_command(command, status=proposal.status, review=review)
            await reviews.settle_command(connection, workspace, command.id, ruling)
            if ruling.takes_effect:
                await reviews.set_assignee(connection, workspace, proposal.id, ruling.assignee)
            clock = await self._reopen(connection, task, proposal) if ruling.reopens else None
            if ruling.takes_effect:
                await self._tell(connection, workspace, proposal, command)
            await audit.record(
                connection,
                workspace,
                actor=command.by,
                action=f"review_{command.kind}",
                subject=f"proposal/{proposal.id}",
                details={"took_effect": ruling.takes_effect, "reason": ruling.reason},
            )
            return SettleCommandResult(
                took_effect=ruling.takes_effect,
                status=ProposalStatus.IN_REVIEW if clock else proposal.status,
                clock=clock,
            )

    async def _tell(
        self, connection: Connection, workspace: str, proposal: Proposal, command: ReviewCommand
    ) -> None:
        """Have those told who got something to decide by it."""
        if command.kind is CommandKind.ASSIGN and command.assignee is not None:
            await tell_assignee(
                self._kit,
                connection,
                workspace,
                proposal.id,
                command.id,
                assignee=command.assignee,
                by=command.by,
            )
        if command.kind is CommandKind.REOPEN:
            review = await reviews.get_review(connection, workspace, proposal.id)
            await tell_reviewers(
                self._kit, connection, workspace, proposal, review, Occasion.OPENED
            )

    async def _reopen(
        self, connection: Connection, task: SettleCommandInput, proposal: Proposal
    ) -> ReviewClock:
        """Put a parked proposal before people again; return the clock that starts now."""
        clock = restart_clock(self._kit.policies.of(proposal.change.kind), task.now)
        await proposals.move_proposal(
            connection, task.workspace, proposal, ProposalStatus.IN_REVIEW
        )
        await reviews.set_clock(connection, task.workspace, proposal.id, clock)
        await set_in_review(connection, task.workspace, proposal.origin)
        return clock
