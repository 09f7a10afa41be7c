"""Change requests and their proposals, and what the knowledge was that they would bring back."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from domain.base import Model
from domain.change_requests import ChangeRequest, ChangeRequestStatus, NewChangeRequest
from domain.errors import NotFoundError
from domain.knowledge import Change, Release, Revision
from domain.merging import merge_key
from domain.proposals import Proposal
from store.database import Connection, as_json, execute, fetch_all, fetch_one
from store.proposals import insert_first_draft
from store.queries import query


class RequestedProposal(Model):
    """One change of a request when it becomes a proposal; `index` is its place in the request."""

    id: UUID
    request_id: UUID
    index: int
    title: str
    change: Change
    reason: str
    requested_by: str


async def insert_request(
    connection: Connection, workspace: str, new: NewChangeRequest, changes: Sequence[Change]
) -> bool:
    """Store a request; return False if the same person has asked for the same already.

    `changes` are what it comes to now; `asked_content_hashes` tells them later. What was asked
    for already is what `find_open` finds.
    """
    stored = await execute(
        connection,
        query("insert_change_request"),
        {
            **_columns(workspace, new),
            "id": new.id,
            "role": new.role,
            "reason": new.reason,
            "content_hashes": [change.content_hash() for change in changes],
        },
    )
    return stored == 1


async def asked_content_hashes(
    connection: Connection, workspace: str, request_id: UUID
) -> frozenset[str]:
    """Return the content hashes of the changes that the request came to when it was stored."""
    row = await fetch_one(
        connection,
        query("content_hashes_of_change_request"),
        {"workspace": workspace, "id": request_id},
    )
    return frozenset(row["content_hashes"] if row else ())


async def find_open(
    connection: Connection, workspace: str, like: NewChangeRequest
) -> ChangeRequest | None:
    """Return the request under way in which the same person asks for the same, if there is one."""
    row = await fetch_one(connection, query("find_open_change_request"), _columns(workspace, like))
    return None if row is None else ChangeRequest.model_validate(row)


def _columns(workspace: str, request: NewChangeRequest) -> dict[str, object]:
    return {
        "workspace": workspace,
        "kind": request.kind,
        "mode": request.mode,
        "requested_by": request.requested_by,
        "target": as_json(request.target.model_dump(mode="json", exclude_none=True)),
    }


async def get_request(connection: Connection, workspace: str, request_id: UUID) -> ChangeRequest:
    """Return a request; raises NotFoundError."""
    row = await fetch_one(
        connection, query("get_change_request"), {"workspace": workspace, "id": request_id}
    )
    return _found(row, request_id)


async def lock_request(connection: Connection, workspace: str, request_id: UUID) -> ChangeRequest:
    """Return a request that nobody else can change until the transaction ends."""
    row = await fetch_one(
        connection, query("lock_change_request"), {"workspace": workspace, "id": request_id}
    )
    return _found(row, request_id)


def _found(row: object, request_id: UUID) -> ChangeRequest:
    if row is None:
        raise NotFoundError(f"no change request {request_id} in this workspace")
    return ChangeRequest.model_validate(row)


async def list_requests(
    connection: Connection,
    workspace: str,
    *,
    status: ChangeRequestStatus | None = None,
    before: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[ChangeRequest]:
    """Return up to `limit` requests, newest first.

    `before` is the (created_at, id) of the last one of a page.
    """
    rows = await fetch_all(
        connection,
        query("list_change_requests"),
        {
            "workspace": workspace,
            "status": status,
            "before_at": before[0] if before else None,
            "before_id": before[1] if before else None,
            "limit": limit,
        },
    )
    return [ChangeRequest.model_validate(row) for row in rows]


async def set_request_status(
    connection: Connection,
    workspace: str,
    request_id: UUID,
    status: ChangeRequestStatus,
    *,
    error_code: str | None = None,
) -> None:
    """Record where the request stands; `error_code` names why it failed.

    One that has ended stays as it ended.
    """
    await execute(
        connection,
        query("set_change_request_status"),
        {"workspace": workspace, "id": request_id, "status": status, "error_code": error_code},
    )


async def set_waiting_status(connection: Connection, workspace: str, request_id: UUID) -> None:
    """Record whether the request is in review or parked, by where its proposals stand."""
    await execute(
        connection, query("set_waiting_change_request"), {"workspace": workspace, "id": request_id}
    )


async def list_unfinished(
    connection: Connection, *, older_than: timedelta, limit: int = 100
) -> list[tuple[str, UUID]]:
    """Return workspace and id of some requests that should have a workflow, by chance."""
    rows = await fetch_all(
        connection,
        query("list_unfinished_change_requests"),
        {"older_than": older_than, "limit": limit},
    )
    return [(row["workspace"], row["id"]) for row in rows]


async def insert_proposal(connection: Connection, workspace: str, new: RequestedProposal) -> None:
    """Store one change of a request as a proposal in status drafting, with its first draft."""
    change = new.change
    await execute(
        connection,
        query("insert_requested_proposal"),
        {
            "workspace": workspace,
            "id": new.id,
            "request_id": new.request_id,
            "finding_index": new.index,
            "title": new.title,
            "rationale": new.reason,
            "kind": change.kind,
            "operation": change.operation,
            "item_id": change.item_id,
            "change": as_json(change),
            "content_hash": change.content_hash(),
            "drafted_by": new.requested_by,
            "merge_key": merge_key(change),
        },
    )
    await insert_first_draft(connection, workspace, new.id, change, new.requested_by)


async def list_proposals(
    connection: Connection, workspace: str, request_id: UUID
) -> list[Proposal]:
    """Return the request's proposals, in its order."""
    rows = await fetch_all(
        connection,
        query("list_proposals_of_request"),
        {"workspace": workspace, "request_id": request_id},
    )
    return [Proposal.model_validate(row) for row in rows]


async def list_releases(connection: Connection, workspace: str, request_id: UUID) -> list[Release]:
    """Return the releases that the request's changes became, oldest first."""
    rows = await fetch_all(
        connection,
        query("list_releases_of_request"),
        {"workspace": workspace, "request_id": request_id},
    )
    return [Release.model_validate(row) for row in rows]


async def items_moved_since(connection: Connection, workspace: str, release: int) -> list[UUID]:
    """Return the items that have a revision of a later release than this one."""
    rows = await fetch_all(
        connection,
        query("list_items_moved_since"),
        {"workspace": workspace, "release": release},
    )
    return [row["item_id"] for row in rows]


async def histories(
    connection: Connection, workspace: str, item_ids: Sequence[UUID]
) -> list[list[Revision]]:
    """Return all revisions of each of the items, oldest first."""
    rows = await fetch_all(
        connection,
        query("list_revisions_of_items"),
        {"workspace": workspace, "item_ids": list(item_ids)},
    )
    found = [Revision.model_validate(row) for row in rows]
    return [list(group) for _, group in groupby(found, key=lambda revision: revision.item_id)]
