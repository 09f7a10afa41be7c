"""`/v1/knowledge`: reading what agents know, now or as it stood at an earlier release."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, TypeAdapter

from api.as_of import AsOfQuery, release_of
from api.auth import KnowledgeReader
from api.context import ContextDep
from api.diffs import FieldDiff, Patience, ToolDiff, compare
from api.openapi import EmptyIsNone, problems
from api.paging import (
    DEFAULT_LIMIT,
    MAX_LIMIT,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
)
from api.problems import invalid_field
from domain.item_health import ItemHealth
from domain.knowledge import Item, ItemContent, ItemKind, ItemStatus
from domain.provenance import TracedRevision
from store import knowledge as stored
from store import provenance, releases
from store.checkups import read_health

router = APIRouter(prefix="/v1/knowledge", tags=["knowledge"])

_CURSOR = TypeAdapter(UUID)
REVISION_CURSOR = TypeAdapter(Annotated[int, Field(ge=0, lt=2**31)])
_SECONDS = 3.0
"""How long the texts of one comparison are compared for at most."""

Tags = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=300)]],
    Query(max_length=50, description="Only items with one of these tags."),
]


class ItemPage(Page[Item]):
    """One page of items, and the release that they are of."""

    release: int = Field(description="Send it as `as_of` for the next page of the same moment.")


class ItemAnswer(Item):
    """An item as it stands at a release."""

    release: int
    health: ItemHealth | None = Field(
        default=None,
        description="What became of the answers that rested on its present revision; not with "
        "`as_of`.",
    )


class RevisionPage(Page[TracedRevision]):
    """One page of an item's revisions, and the release up to which they are."""

    release: int


class DiffAnswer(BaseModel):
    """The difference between two revisions of an item, field by field.

    The tools of a connection are compared by name, in `tools` instead of `fields`.
    """

    item_id: UUID
    from_revision: int
    to_revision: int
    fields: list[FieldDiff]
    tools: list[ToolDiff]


@router.get("", summary="List items", responses=problems(401, 403, 422, 503))
async def list_items(
    caller: KnowledgeReader,
    context: ContextDep,
    kind: Annotated[ItemKind | None, EmptyIsNone, Query()] = None,
    status: Annotated[ItemStatus | None, EmptyIsNone, Query()] = None,
    tags: Tags = [],  # noqa: B006 - FastAPI copies it
    as_of: AsOfQuery = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> ItemPage:
    """Return items as they stand, by id; retired ones too unless filtered.

    With `as_of` they are those that were known then, each at the revision that it had.
    """
    workspace = caller.workspace
    async with context.database.snapshot(workspace) as connection:
        release = await release_of(connection, workspace, as_of)
        found = await releases.list_items_at(
            connection,
            workspace,
            release,
            kind=kind,
            status=status,
            tags=tags,
            after=decode_cursor(_CURSOR, cursor),
            limit=limit + 1,
        )
    more = encode_cursor(_CURSOR, found[limit - 1].id) if len(found) > limit else None
    return ItemPage(items=found[:limit], next_cursor=more, release=release)


@router.get("/{item_id}", summary="Read one item", responses=problems(401, 403, 404, 422, 503))
async def get_item(
    caller: KnowledgeReader, context: ContextDep, item_id: UUID, as_of: AsOfQuery = None
) -> ItemAnswer:
    """Return an item as it stands, retired or not; with `as_of` as it stood then."""
    workspace = caller.workspace
    async with context.database.transaction(workspace) as connection:
        release = await release_of(connection, workspace, as_of)
        item = await releases.get_item_at(connection, workspace, item_id, release)
        health = None
        if as_of is None:
            now = datetime.now(UTC)
            health = await read_health(connection, workspace, item_id, now=now)
    return ItemAnswer(**dict(item), release=release, health=health)


@router.get(
    "/{item_id}/revisions",
    summary="List an item's revisions",
    responses=problems(401, 403, 404, 422, 503),
)
async def list_revisions(
    caller: KnowledgeReader,
    context: ContextDep,
    item_id: UUID,
    as_of: AsOfQuery = None,
    cursor: Cursor = None,
    limit: Limit = MAX_LIMIT,
) -> RevisionPage:
    """Return every revision with where it came from, oldest first; with `as_of` those of then.

    `provenance` names what the revision comes from (an intervention, a change request, an
    import), whose approvals of exactly this content, and the analysis and proposal behind it.
    """
    workspace = caller.workspace
    async with context.database.transaction(workspace) as connection:
        release = await release_of(connection, workspace, as_of)
        await releases.get_item_at(connection, workspace, item_id, release)
        found = await provenance.list_revisions(
            connection,
            workspace,
            item_id,
            release=release,
            after=decode_cursor(REVISION_CURSOR, cursor),
            limit=limit + 1,
        )
    more = encode_cursor(REVISION_CURSOR, found[limit - 1].number) if len(found) > limit else None
    return RevisionPage(items=found[:limit], next_cursor=more, release=release)


@router.get(
    "/{item_id}/diff",
    summary="Compare two revisions",
    responses=problems(401, 403, 404, 422, 503),
)
async def diff_revisions(
    caller: KnowledgeReader,
    context: ContextDep,
    item_id: UUID,
    start: Annotated[int, Query(alias="from", ge=1, lt=2**31, description="A revision.")],
    end: Annotated[int, Query(alias="to", ge=1, lt=2**31, description="Another, or the same.")],
) -> DiffAnswer:
    """Return what changed from one revision to another, word by word, in either direction."""
    workspace = caller.workspace
    contents: dict[str, ItemContent] = {}
    async with context.database.transaction(workspace) as connection:
        head = await stored.get_item(connection, workspace, item_id)
        for name, number in (("from", start), ("to", end)):
            content = await stored.find_content(connection, workspace, item_id, number)
            if content is None:
                raise invalid_field(name, f"must be a revision of this item: 1 to {head.revision}")
            contents[name] = content
    # In a thread: a hostile text may take as long as the differ's time limit.
    diff = await asyncio.to_thread(compare, contents["from"], contents["to"], Patience(_SECONDS))
    return DiffAnswer(
        item_id=item_id,
        from_revision=start,
        to_revision=end,
        fields=diff.fields,
        tools=diff.tools,
    )
