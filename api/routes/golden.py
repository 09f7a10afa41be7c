"""`/v1/golden`: past queries that every proposal near to them is replayed on."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.auth import GoldenCurator, ProposalReader
from api.body import strict_body
from api.context import ContextDep
from api.openapi import problems
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from api.services.golden import MAX_IMPORTED, NewGolden, keep, take_out
from domain.golden import GoldenQuery
from store import golden as stored

router = APIRouter(prefix="/v1/golden", tags=["golden queries"])

POSITION = TypeAdapter(UUID)


class GoldenImport(BaseModel):
    """Many golden queries at once: all are kept, or none."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [{"queries": [{"query": "Where is my parcel?", "expects": "handoff"}]}]
        },
    )

    queries: Annotated[tuple[NewGolden, ...], Field(min_length=1, max_length=MAX_IMPORTED)]


class ImportedGolden(BaseModel):
    """How many were kept, and how many of them were not there before."""

    kept: int
    new: int


class RemovedGolden(BaseModel):
    """The golden query that is not in the set any more."""

    id: UUID


@router.get("", summary="List golden queries", responses=problems(401, 403, 422, 503))
async def list_golden(
    caller: ProposalReader, context: ContextDep, cursor: Cursor = None, limit: Limit = DEFAULT_LIMIT
) -> Page[GoldenQuery]:
    """Return the golden queries, newest first."""
    async with context.database.transaction(caller.workspace) as connection:
        found = await stored.list_golden_queries(
            connection,
            caller.workspace,
            before=decode_cursor(POSITION, cursor),
            limit=limit + 1,
        )
    more = encode_cursor(POSITION, found[limit - 1].id) if len(found) > limit else None
    return Page(items=found[:limit], next_cursor=more)


@router.post(
    "",
    status_code=201,
    summary="Keep a golden query",
    responses=problems(401, 403, 413, 415, 422, 503),
)
async def post_golden(
    caller: GoldenCurator,
    context: ContextDep,
    request: Annotated[NewGolden, Depends(strict_body(NewGolden))],
) -> GoldenQuery:
    """Keep a query with what a right answer needs; the same words again change what is expected.

    One that holds personal data is refused.
    """
    return (await keep(context, caller, [request])).queries[0]


@router.post(
    "/import",
    status_code=201,
    summary="Keep many golden queries",
    responses=problems(401, 403, 413, 415, 422, 503),
)
async def import_golden(
    caller: GoldenCurator,
    context: ContextDep,
    request: Annotated[GoldenImport, Depends(strict_body(GoldenImport))],
) -> ImportedGolden:
    """Keep up to 1,000 golden queries, or none if one of them cannot be."""
    kept = await keep(context, caller, request.queries, path="queries[{}].")
    return ImportedGolden(kept=len(kept.queries), new=kept.new)


@router.delete(
    "/{golden_id}",
    summary="Take a golden query out of the set",
    responses=problems(401, 403, 404, 422, 503),
)
async def delete_golden(
    caller: GoldenCurator, context: ContextDep, golden_id: UUID
) -> RemovedGolden:
    """Replay proposals on it no more. What was replayed already stays in their reports."""
    await take_out(context, caller, golden_id)
    return RemovedGolden(id=golden_id)
