"""The inbox: what waits for a person."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from api.context import ContextDep
from api.openapi import EmptyIsNone
from api.pages.visitor import SignedIn
from api.paging import DEFAULT_LIMIT, Cursor, decode_cursor, encode_cursor
from api.routes.proposals import POSITION
from domain.conversation import InterventionStatus
from domain.identity import Principal
from domain.knowledge import ItemKind
from domain.proposals import ProposalStatus
from store import proposals as stored
from store.contradictions import list_contradictions
from store.database import Connection
from store.interventions import count_interventions
from store.proposals import ProposalListing

router = APIRouter(include_in_schema=False)

MINE = "me"
_BEING_READ = (InterventionStatus.RECEIVED, InterventionStatus.ANALYZING)


class Filters(BaseModel):
    """What the inbox shows."""

    status: ProposalStatus | None
    kind: ItemKind | None
    mine: bool


@router.get("/")
async def show_inbox(
    visitor: SignedIn,
    context: ContextDep,
    status: Annotated[str, Query(max_length=40)] = ProposalStatus.IN_REVIEW,
    kind: Annotated[ItemKind | None, EmptyIsNone, Query()] = None,
    assignee: Annotated[str, Query(max_length=40)] = "",
    cursor: Cursor = None,
) -> Response:
    """Show the proposals of one status, those that are wanted most first."""
    known = status in set(ProposalStatus)
    filters = Filters(
        status=ProposalStatus(status) if known else None, kind=kind, mine=assignee == MINE
    )
    async with context.database.transaction(visitor.principal.workspace) as connection:
        found = await _find(connection, visitor.principal, filters, cursor)
        workspace = visitor.principal.workspace
        counts = await stored.count_proposals(connection, workspace)
        came_in = await count_interventions(connection, workspace)
        shown = found[:DEFAULT_LIMIT]
        against = await list_contradictions(connection, workspace, [p.id for p in shown])
    more = None
    if len(found) > DEFAULT_LIMIT:
        more = encode_cursor(POSITION, shown[-1].position)
    by_status = _count_by_status(counts)
    return visitor.page(
        "inbox.html",
        section="inbox",
        proposals=shown,
        contradicting={pair.proposal_id for pair in against if pair.is_current},
        filters=filters,
        statuses=[name for name in ProposalStatus if by_status[name]],
        by_status=by_status,
        total=sum(by_status.values()),
        kinds=list(ItemKind),
        being_read=sum(came_in.get(name, 0) for name in _BEING_READ),
        more=more,
        api_url=context.settings.api_url.rstrip("/"),
        now=datetime.now(UTC),
    )


async def _find(
    connection: Connection, person: Principal, filters: Filters, cursor: str | None
) -> list[ProposalListing]:
    """Return the proposals of a page and, if there are more, one of the next."""
    return await stored.list_proposals(
        connection,
        person.workspace,
        status=filters.status,
        kind=filters.kind,
        assignee=person.name if filters.mine else None,
        after=decode_cursor(POSITION, cursor),
        limit=DEFAULT_LIMIT + 1,
    )


def _count_by_status(counts: list[dict[str, Any]]) -> dict[ProposalStatus, int]:
    return {
        name: sum(row["count"] for row in counts if row["status"] == name)
        for name in ProposalStatus
    }
