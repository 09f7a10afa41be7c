"""`/v1/audit`: what happened in the workspace, in order, and the head of its chain."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field, TypeAdapter, ValidationError

from api.auth import Administrator
from api.context import ContextDep
from api.openapi import EmptyIsNone, problems
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from api.problems import ProblemError
from domain.audit_chain import KeptHead
from domain.base import Line
from store.audit import AuditEntry, list_audit
from store.audit_chain import read_head

router = APIRouter(prefix="/v1/audit", tags=["audit"])

POSITION = TypeAdapter(Annotated[int, Field(ge=0, lt=2**63)])


@router.get("", summary="List the audit's entries", responses=problems(401, 403, 422, 503))
async def list_entries(
    caller: Administrator,
    context: ContextDep,
    subject: Annotated[
        Line | None,
        EmptyIsNone,
        Query(description="Only what was done to this, such as `proposal/<id>` or `key/<id>`."),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[AuditEntry]:
    """Return the entries in the order in which they were committed, oldest first.

    `position` has no gaps, and `hash` is the entry's link in the workspace's chain.
    """
    after = decode_cursor(POSITION, cursor) or 0
    async with context.database.reading(caller.workspace) as connection:
        found = await list_audit(
            connection, caller.workspace, subject=subject, after=after, limit=limit + 1
        )
    page = found[:limit]
    more = len(found) > limit
    return Page(
        items=page,
        next_cursor=encode_cursor(POSITION, page[-1].position) if more else None,
    )


@router.get("/head", summary="The audit chain's head", responses=problems(401, 403, 409, 422, 503))
async def get_head(caller: Administrator, context: ContextDep) -> KeptHead:
    """Return where the chain ends now, to be kept where nobody who runs the database can reach.

    `learning-loop audit verify --head FILE` holds the audit against it.
    """
    async with context.database.reading(caller.workspace) as connection:
        head = await read_head(connection, caller.workspace)
    try:
        return KeptHead.of(caller.workspace, head, datetime.now(UTC))
    except ValidationError:
        raise ProblemError(
            409,
            "audit_does_not_hold",
            "The head of the audit was tampered with",
            "Run 'learning-loop audit verify'.",
        ) from None
