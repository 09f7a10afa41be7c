"""Claims, releases, assignments and reopenings: checked, kept, told to the workflow, awaited."""

import asyncio
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

from api.context import Context
from api.outbox_entries import enqueue_command
from api.problems import ProblemError, invalid_field
from domain.identity import Principal, same_person
from domain.proposals import Proposal
from domain.reviews import (
    CommandKind,
    CommandRuling,
    Review,
    ReviewCommand,
    may_decide,
    rule_on_command,
)
from store import audit
from store import proposals as stored
from store import reviews as stored_reviews
from store.database import Connection
from store.people import list_people
from store.reviews import CommandRecord

_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.2


async def run_command(
    context: Context,
    caller: Principal,
    proposal_id: UUID,
    kind: CommandKind,
    *,
    assignee: str | None = None,
) -> CommandRecord:
    """Keep a command, tell the workflow, and wait a moment for its word.

    The record's `took_effect` is None if the workflow was not heard in time. Raises the problem
    (403, 409) of a command that has no effect.
    """
    workspace = caller.workspace
    command = ReviewCommand(
        id=uuid4(),
        proposal_id=proposal_id,
        kind=kind,
        by=caller.name,
        role=caller.role,
        assignee=assignee,
        created_at=datetime.now(UTC),
    )
    async with context.database.transaction(caller.workspace) as connection:
        proposal = await stored.lock_proposal(connection, workspace, proposal_id)
        await _check_assignee(connection, workspace, assignee)
        review = await stored_reviews.find_review(connection, workspace, proposal_id)
        ruling = _rule(command, proposal, review)
        await _keep(connection, workspace, proposal, command, ruling)
    if not ruling.takes_effect:
        raise _refused(command, review, ruling.reason)
    await context.delivery.command(workspace, proposal.origin, proposal_id, command.id, kind)
    record = await _wait_until_settled(context, workspace, command)
    if record.took_effect is False:
        raise _refused(command, review, record.reason)
    return record


async def _check_assignee(connection: Connection, workspace: str, assignee: str | None) -> None:
    if assignee is None:
        return
    people = await list_people(connection, workspace)
    if not any(same_person(person.name, assignee) and may_decide(person.role) for person in people):
        raise invalid_field("assignee", "must be somebody who may sign in and decide here")


def _rule(command: ReviewCommand, proposal: Proposal, review: Review | None) -> CommandRuling:
    if review is None:
        return CommandRuling(takes_effect=False, reason="the review is not open yet")
    return rule_on_command(command, status=proposal.status, review=review)


async def _keep(
    connection: Connection,
    workspace: str,
    proposal: Proposal,
    command: ReviewCommand,
    ruling: CommandRuling,
) -> None:
    details = {"command_id": str(command.id), "role": command.role.value}
    if command.assignee:
        details["assignee"] = command.assignee
    if ruling.takes_effect:
        await stored_reviews.insert_command(connection, workspace, command)
        await enqueue_command(
            connection,
            workspace,
            proposal.origin,
            proposal.id,
            command.id,
            command.kind,
        )
    else:
        details["reason"] = ruling.reason
    await audit.record(
        connection,
        workspace,
        actor=command.by,
        action=f"review_{command.kind}_{'asked' if ruling.takes_effect else 'refused'}",
        subject=f"proposal/{proposal.id}",
        details=details,
    )


def _refused(command: ReviewCommand, review: Review | None, reason: str) -> ProblemError:
    # Whoever may not release because it is another person's is refused; the rest is a conflict.
    others = command.kind is CommandKind.RELEASE and review is not None and review.assignee
    status, code = (403, "not_allowed") if others else (409, "no_effect")
    return ProblemError(status, code, f"The {command.kind} has no effect", f"{reason}.")


async def _wait_until_settled(
    context: Context, workspace: str, command: ReviewCommand
) -> CommandRecord:
    deadline = time.monotonic() + context.settle_seconds
    pause = _FIRST_PAUSE
    while True:
        async with context.database.transaction(workspace) as connection:
            record = await stored_reviews.find_command(connection, workspace, command.id)
        if record is None:
            raise RuntimeError("a command that was kept is gone")
        if record.took_effect is not None or time.monotonic() >= deadline:
            return record
        await asyncio.sleep(pause)
        pause = min(_LONGEST_PAUSE, pause * 1.5)
