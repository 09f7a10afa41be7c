"""Reading an item's revisions with all that is known of where each comes from."""

from enum import StrEnum
from uuid import UUID

from domain.errors import NotFoundError
from domain.provenance import (
    Approval,
    AskedFor,
    ReadBy,
    RevisionProvenance,
    SourceKind,
    SourceProposal,
    TracedRevision,
)
from store.database import Connection, Row, fetch_all
from store.queries import query


class _Order(StrEnum):
    OLDEST_FIRST = "asc"
    NEWEST_FIRST = "desc"


_OF_REVISION = (
    "item_id",
    "number",
    "parent",
    "kind",
    "operation",
    "content",
    "content_hash",
    "release",
    "proposal_id",
    "intervention_id",
    "request_id",
    "approved_by",
    "erased_at",
    "created_at",
)


async def list_revisions(
    connection: Connection,
    workspace: str,
    item_id: UUID,
    *,
    release: int | None = None,
    after: int | None = None,
    limit: int = 50,
) -> list[TracedRevision]:
    """Return up to `limit` revisions of an item, oldest first; none if there is no such item.

    `release` leaves out what came later; `after` is the last number of a page.
    """
    return await _read(connection, workspace, item_id, release=release, after=after, limit=limit)


async def list_newest_revisions(
    connection: Connection,
    workspace: str,
    item_id: UUID,
    *,
    release: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[TracedRevision]:
    """Return up to `limit` revisions of an item, newest first, as `list_revisions` does.

    `before` is the last number of a page.
    """
    return await _read(
        connection,
        workspace,
        item_id,
        release=release,
        before=before,
        order=_Order.NEWEST_FIRST,
        limit=limit,
    )


async def get_revision(
    connection: Connection, workspace: str, item_id: UUID, number: int
) -> TracedRevision:
    """Return one revision; raises NotFoundError."""
    found = await _read(connection, workspace, item_id, number=number, limit=1)
    if not found:
        raise NotFoundError(f"item {item_id} has no revision {number}")
    return found[0]


async def _read(
    connection: Connection,
    workspace: str,
    item_id: UUID,
    *,
    release: int | None = None,
    number: int | None = None,
    after: int | None = None,
    before: int | None = None,
    order: _Order = _Order.OLDEST_FIRST,
    limit: int,
) -> list[TracedRevision]:
    rows = await fetch_all(
        connection,
        query("list_traced_revisions"),
        {
            "workspace": workspace,
            "item_id": item_id,
            "release": release,
            "number": number,
            "after": after,
            "before": before,
            "newest_first": order is _Order.NEWEST_FIRST,
            "limit": limit,
        },
    )
    return [_traced(row) for row in rows]


async def count_answers(connection: Connection, workspace: str, item_id: UUID) -> dict[int, int]:
    """Return how many served answers rested on each revision of an item; none are left out."""
    rows = await fetch_all(
        connection,
        query("count_answers_by_revision"),
        {"workspace": workspace, "item_id": item_id},
    )
    return {row["revision"]: row["count"] for row in rows}


def _traced(row: Row) -> TracedRevision:
    fields = {name: row[name] for name in _OF_REVISION}
    return TracedRevision.model_validate({**fields, "provenance": _provenance(row)})


def _provenance(row: Row) -> RevisionProvenance:
    proposal = analysis = request = None
    if row["proposal_title"] is not None:
        proposal = SourceProposal(
            title=row["proposal_title"],
            drafted_by=row["drafted_by"],
            draft=row["draft"],
            support=row["support"],
        )
    if row["analyst"] is not None:
        analysis = ReadBy(analysis_id=row["analysis_id"], analyst=row["analyst"])
    if row["request_kind"] is not None:
        request = AskedFor(
            kind=row["request_kind"],
            mode=row["request_mode"],
            by=row["requested_by"],
            reason=row["request_reason"],
        )
    return RevisionProvenance(
        source=_source(row),
        approvals=_approvals(row),
        proposal=proposal,
        analysis=analysis,
        request=request,
    )


def _source(row: Row) -> SourceKind:
    if row["request_id"] is not None:
        return SourceKind.CHANGE_REQUEST
    return SourceKind.INTERVENTION if row["intervention_id"] is not None else SourceKind.IMPORT


def _approvals(row: Row) -> tuple[Approval, ...]:
    """Return each approver's last word for this content; what had no review is the act itself."""
    given = [Approval.model_validate(decision) for decision in row["decisions"] or ()]
    said = {approval.by: approval for approval in given if approval.by in row["approved_by"]}
    return tuple(
        said.get(name) or Approval(by=name, at=row["created_at"]) for name in row["approved_by"]
    )
