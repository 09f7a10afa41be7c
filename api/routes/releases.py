"""`/v1/releases`: what each release brought, and what differs between any two."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BeforeValidator, Field, TypeAdapter

from api.auth import KnowledgeReader
from api.context import ContextDep
from api.diffs import FieldDiff, Patience, ToolDiff, compare
from api.openapi import problems
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from api.services.release_diff import SECONDS, ReleaseDiff, compare_releases
from domain.as_of import parse_as_of
from domain.provenance import RevisionProvenance
from store import knowledge, provenance
from store import releases as stored
from store.releases import ReleaseLine

router = APIRouter(prefix="/v1/releases", tags=["releases"])

RELEASE_CURSOR = TypeAdapter(Annotated[int, Field(ge=0, lt=2**31)])

_Moment = Annotated[int | AwareDatetime, BeforeValidator(parse_as_of)]


class ReleaseDetail(ReleaseLine):
    """A release with where it came from, and how its item differs from before."""

    provenance: RevisionProvenance
    fields: list[FieldDiff] = Field(description="The fields that it changed.")
    tools: list[ToolDiff] = Field(description="The tools that it changed, of a connection.")


@router.get("", summary="List releases", responses=problems(401, 403, 422, 503))
async def list_releases(
    caller: KnowledgeReader,
    context: ContextDep,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ReleaseLine]:
    """Return releases, newest first: each is one change of one item, and who approved it."""
    async with context.database.transaction(caller.workspace) as connection:
        found = await stored.list_releases(
            connection,
            caller.workspace,
            before=decode_cursor(RELEASE_CURSOR, cursor),
            limit=limit + 1,
        )
    more = encode_cursor(RELEASE_CURSOR, found[limit - 1].number) if len(found) > limit else None
    return Page(items=found[:limit], next_cursor=more)


@router.get("/diff", summary="Compare two releases", responses=problems(401, 403, 422, 503))
async def diff_releases(
    caller: KnowledgeReader,
    context: ContextDep,
    start: Annotated[_Moment, Query(alias="from", description="A release number, or a time.")],
    end: Annotated[_Moment, Query(alias="to", description="Another one, older or newer.")],
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=50, description="Items a page, at most.")] = 20,
) -> ReleaseDiff:
    """Return how what agents see changes from one release to another, item by item.

    Items are `added`, `revised`, `retired`, `restored`, or `removed` where the second release is
    from before the item's time; each with the words that differ. They come in order of their last
    release between the two. What was changed and changed back again is left out. A page ends early
    where it would grow too large; go on with its `next_cursor`.
    """
    found = await compare_releases(
        context,
        caller.workspace,
        start,
        end,
        after=decode_cursor(RELEASE_CURSOR, cursor) or 0,
        limit=limit,
    )
    return ReleaseDiff(
        from_release=found.start,
        to_release=found.end,
        items=found.items,
        next_cursor=None if found.more is None else encode_cursor(RELEASE_CURSOR, found.more),
    )


@router.get("/{number}", summary="Read one release", responses=problems(401, 403, 404, 422, 503))
async def get_release(
    caller: KnowledgeReader,
    context: ContextDep,
    number: Annotated[int, Path(ge=1, lt=2**31)],
) -> ReleaseDetail:
    """Return what a release brought, where it came from, and what it changed word by word."""
    workspace = caller.workspace
    async with context.database.transaction(workspace) as connection:
        line = await stored.get_release(connection, workspace, number)
        revision = await provenance.get_revision(connection, workspace, line.item_id, line.revision)
        before = await knowledge.find_content(
            connection, workspace, line.item_id, line.revision - 1
        )
    diff = await asyncio.to_thread(compare, before, revision.content, Patience(SECONDS))
    changes = diff.only_changes()
    return ReleaseDetail(
        **dict(line),
        provenance=revision.provenance,
        fields=changes.fields,
        tools=changes.tools,
    )
