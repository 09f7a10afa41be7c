"""Takes change requests: what each comes to, kept with its proposals, and told to its workflow."""

import asyncio
import time
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID, uuid4, uuid5

from activities.wanted_changes import Wanted, wanted_changes
from analysis.redaction import Redactor
from api.context import Context
from api.outbox_entries import enqueue_start
from api.problems import ProblemError, not_permitted
from domain.change_requests import (
    ChangeRequest,
    ChangeRequestKind,
    ChangeRequestMode,
    ChangeRequestStatus,
    NewChangeRequest,
    Target,
)
from domain.identity import Permission, Principal
from domain.knowledge import Change, Operation, Release
from domain.outcomes import Span
from domain.proposals import Origin, Proposal
from domain.rollback import check_edit
from store import audit, knowledge, outcomes
from store import change_requests as stored
from store.change_requests import RequestedProposal
from store.database import Connection
from store.outcomes import Served

MAX_SERVED = 20
"""How many of the answers that rested on what is taken back come with the receipt."""

_TITLE_CHARACTERS = 300
_FORCED_TAKES = 5
"""How many times longer than for a decision a call waits for what is forced."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.2


class Asked(NamedTuple):
    """A request as it was kept, and the answers that rested on what it takes back."""

    request: ChangeRequest
    proposals: Sequence[Proposal]
    releases: Sequence[Release]
    served_count: int
    served: Sequence[Served]


async def ask_for(
    context: Context,
    caller: Principal,
    kind: ChangeRequestKind,
    target: Target,
    *,
    reason: str,
    mode: ChangeRequestMode = ChangeRequestMode.REVIEWED,
    change: Change | None = None,
) -> Asked:
    """Keep a request with its proposals and start its workflow; `change` goes with an `edit`.

    Asking for the same again while it is under way returns the first request. What is forced is
    waited for. Raises the problem (403) of a caller who may not ask, or not force, and what
    `wanted_changes` and `check_edit` raise.
    """
    needed = Permission.ADMINISTER if mode is ChangeRequestMode.FORCED else Permission.PROPOSE
    if not caller.may(needed):
        raise not_permitted(caller.role, needed)
    new = NewChangeRequest(
        id=uuid4(),
        kind=kind,
        mode=mode,
        requested_by=caller.name,
        role=caller.role,
        # People write of customers; who reviews reads it, and it is kept with the request.
        reason=Redactor().redact(reason),
        target=target,
    )
    workspace = caller.workspace
    async with context.database.transaction(workspace) as connection:
        wanted = await _wanted(connection, workspace, new, change)
        request_id = await _keep(connection, workspace, new, wanted.changes)
    await context.delivery.start(workspace, Origin.request(request_id))
    if mode is ChangeRequestMode.FORCED:
        await _wait_until_forced(context, workspace, request_id)
    return await read_asked(context, workspace, request_id, wanted.taken_back)


async def _wanted(
    connection: Connection, workspace: str, new: NewChangeRequest, change: Change | None
) -> Wanted:
    if change is None:
        return await wanted_changes(connection, workspace, new)
    return Wanted([await _checked(connection, workspace, change)], [])


async def _checked(connection: Connection, workspace: str, change: Change) -> Change:
    if change.item_id is None:
        return change
    head = await knowledge.get_item(connection, workspace, change.item_id)
    check_edit(change, head)
    if change.operation is Operation.RETIRE:
        # A retirement keeps the content that it retires, whatever was posted with it.
        return change.model_copy(update={"content": head.content})
    return change


async def _keep(
    connection: Connection, workspace: str, new: NewChangeRequest, changes: Sequence[Change]
) -> UUID:
    """Write the request, its proposals and what Temporal must hear; return the request's id."""
    if not await stored.insert_request(connection, workspace, new, changes):
        earlier = await stored.find_open(connection, workspace, new)
        if earlier is None:
            raise ProblemError(
                409, "request_ended", "The same request has just ended", "Look at it, or ask again."
            )
        return earlier.id
    if new.mode is ChangeRequestMode.REVIEWED:
        for index, change in enumerate(changes):
            proposal = RequestedProposal(
                id=uuid5(new.id, str(index)),
                request_id=new.id,
                index=index,
                title=_title(new, change),
                change=change,
                reason=new.reason,
                requested_by=new.requested_by,
            )
            await stored.insert_proposal(connection, workspace, proposal)
    await enqueue_start(connection, workspace, Origin.request(new.id))
    await audit.record(
        connection,
        workspace,
        actor=new.requested_by,
        action="change_requested",
        subject=f"change_request/{new.id}",
        details=new.audited(changes),
    )
    return new.id


def _title(new: NewChangeRequest, change: Change) -> str:
    title = change.content.title
    match new.kind:
        case ChangeRequestKind.ROLLBACK_REVISION:
            title = f"Back to revision {new.target.to_revision}: {title}"
        case ChangeRequestKind.ROLLBACK_RELEASE:
            title = f"Back to release {new.target.to_release}: {title}"
        case ChangeRequestKind.RETIRE:
            title = f"Retire: {title}"
        case ChangeRequestKind.RESTORE:
            title = f"Restore: {title}"
        case ChangeRequestKind.EDIT | ChangeRequestKind.CHECKUP | ChangeRequestKind.QUARANTINE:
            pass
    return title[:_TITLE_CHARACTERS]


async def _wait_until_forced(context: Context, workspace: str, request_id: UUID) -> None:
    """Return once what was forced is done, or after a while; raise the problem if it failed."""
    deadline = time.monotonic() + _FORCED_TAKES * context.settle_seconds
    pause = _FIRST_PAUSE
    while True:
        async with context.database.transaction(workspace) as connection:
            request = await stored.get_request(connection, workspace, request_id)
        if request.status is ChangeRequestStatus.FAILED:
            raise ProblemError(
                409,
                request.error_code or "failed",
                "What was forced could not be carried out",
                "Nothing was changed. Look at the knowledge as it is now, and ask again.",
            )
        if request.status.is_final or time.monotonic() >= deadline:
            return
        await asyncio.sleep(pause)
        pause = min(_LONGEST_PAUSE, pause * 1.5)


async def read_asked(
    context: Context, workspace: str, request_id: UUID, taken_back: Sequence[Span] = ()
) -> Asked:
    """Return a request as it stands; raises NotFoundError."""
    async with context.database.snapshot(workspace) as connection:
        return Asked(
            request=await stored.get_request(connection, workspace, request_id),
            proposals=await stored.list_proposals(connection, workspace, request_id),
            releases=await stored.list_releases(connection, workspace, request_id),
            served_count=await outcomes.count_served(connection, workspace, taken_back),
            served=await outcomes.list_served(connection, workspace, taken_back, limit=MAX_SERVED),
        )
