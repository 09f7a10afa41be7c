"""`/v1/suppressions`: rejected suggestions, what they hold back, and how to let it come again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import TypeAdapter

from api.auth import ProposalReader, Suppressor
from api.body import strict_body
from api.context import ContextDep
from api.openapi import problems
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from api.services.suppressions import (
    SuppressionDetail,
    SuppressionEdit,
    edit_suppression,
    read_detail,
)
from domain.suppression import Suppression
from store import suppressions as stored

router = APIRouter(prefix="/v1/suppressions", tags=["suppressions"])

POSITION = TypeAdapter(UUID)


@router.get("", summary="List suppressions", responses=problems(401, 403, 422, 503))
async def list_suppressions(
    caller: ProposalReader,
    context: ContextDep,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[Suppression]:
    """Return what people have rejected and how much of it is held back since, newest first."""
    async with context.database.transaction(caller.workspace) as connection:
        found = await stored.list_suppressions(
            connection,
            caller.workspace,
            before=decode_cursor(POSITION, cursor),
            limit=limit + 1,
        )
    more = encode_cursor(POSITION, found[limit - 1].id) if len(found) > limit else None
    return Page(items=found[:limit], next_cursor=more)


@router.get(
    "/{suppression_id}",
    summary="Read one suppression",
    responses=problems(401, 403, 404, 422, 503),
)
async def get_suppression(
    caller: ProposalReader, context: ContextDep, suppression_id: UUID
) -> SuppressionDetail:
    """Return a suppression with the cases that it holds back."""
    async with context.database.transaction(caller.workspace) as connection:
        return await read_detail(connection, caller.workspace, suppression_id)


@router.patch(
    "/{suppression_id}",
    summary="Change or lift a suppression",
    responses=problems(401, 403, 404, 409, 413, 415, 422, 503),
)
async def patch_suppression(
    caller: Suppressor,
    context: ContextDep,
    suppression_id: UUID,
    request: Annotated[SuppressionEdit, Depends(strict_body(SuppressionEdit))],
) -> SuppressionDetail:
    """Change the reason, how many cases it takes, or whether it holds back at all.

    Lifting proposes nothing by itself: the next case does, with all that were held back.
    """
    async with context.database.transaction(caller.workspace) as connection:
        return await edit_suppression(connection, caller, suppression_id, request)
