"""`/v1/knowledge`: searching and reading what agents know, and bringing in what a company has."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from agent.knowledge import StoredKnowledge
from api.auth import Administrator, KnowledgeReader
from api.body import strict_body
from api.content_field import read_posted_content
from api.context import ContextDep
from api.diffs import FieldDiff, diff_contents
from api.openapi import EmptyIsNone, problems
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from api.problems import invalid_field
from domain.base import Text
from domain.knowledge import (
    Change,
    Hit,
    Item,
    ItemContent,
    ItemKind,
    ItemStatus,
    Operation,
    Revision,
)
from store import knowledge as stored

router = APIRouter(prefix="/v1/knowledge", tags=["knowledge"])

_CURSOR = TypeAdapter(UUID)


class SearchRequest(BaseModel):
    """What to look for."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"query": "How long do I have to return shoes?", "k": 3}]},
    )

    query: Text
    k: int = Field(default=8, ge=1, le=50, description="How many items at most.")
    kinds: tuple[ItemKind, ...] = Field(default=(), description="Only these; empty means all.")


class SearchAnswer(BaseModel):
    """The items found, best first, and the release that they are of."""

    items: list[Hit]
    release: int


class NewItem(BaseModel):
    """One item that the company has already."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: ItemKind
    content: ItemContent

    @model_validator(mode="before")
    @classmethod
    def _read_content_by_kind(cls, data: Any) -> Any:
        return read_posted_content(data)


class ImportRequest(BaseModel):
    """Items to add as they are, without a proposal."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "items": [
                        {
                            "kind": "article",
                            "content": {
                                "title": "Returns",
                                "question": "How long do I have to return something?",
                                "answer": "30 days from delivery.",
                                "tags": ["returns"],
                            },
                        }
                    ]
                }
            ]
        },
    )

    items: Annotated[tuple[NewItem, ...], Field(min_length=1, max_length=500)]


class ImportedLine(BaseModel):
    """An item that is known now, and the release that it came with."""

    item_id: UUID
    kind: ItemKind
    title: str
    release: int


class ImportAnswer(BaseModel):
    """The items in the order in which they were sent."""

    items: list[ImportedLine]


class DiffAnswer(BaseModel):
    """The difference between two revisions of an item, field by field."""

    item_id: UUID
    from_revision: int
    to_revision: int
    fields: list[FieldDiff]


@router.post(
    "/search",
    summary="Find items by meaning",
    responses=problems(401, 403, 413, 415, 422, 503),
)
async def search(
    caller: KnowledgeReader,
    context: ContextDep,
    request: Annotated[SearchRequest, Depends(strict_body(SearchRequest))],
) -> SearchAnswer:
    """Return the active items nearest to the query, best first, each with score and revision."""
    knowledge = StoredKnowledge(context.database, caller.workspace, context.embedder)
    hits = await knowledge.search(request.query, k=request.k, kinds=request.kinds)
    async with context.database.transaction(caller.workspace) as connection:
        release = await stored.current_release(connection, caller.workspace)
    return SearchAnswer(items=list(hits), release=release)


@router.post(
    "/import",
    summary="Bring in what a company has already",
    responses=problems(401, 403, 413, 415, 422, 503),
)
async def import_items(
    caller: Administrator,
    context: ContextDep,
    request: Annotated[ImportRequest, Depends(strict_body(ImportRequest))],
) -> ImportAnswer:
    """Add items without a review: an administrator's act, recorded as theirs.

    All are added or none. One whose exact content was imported before is not added again.
    """
    imported = await context.delivery.import_items(
        caller.workspace,
        by=caller.name,
        changes=[
            Change(kind=item.kind, operation=Operation.ADD, content=item.content)
            for item in request.items
        ],
    )
    return ImportAnswer(
        items=[
            ImportedLine(
                item_id=done.item_id,
                kind=item.kind,
                title=item.content.title,
                release=done.release,
            )
            for item, done in zip(request.items, imported, strict=True)
        ]
    )


@router.get("", summary="List items", responses=problems(401, 403, 422, 503))
async def list_items(
    caller: KnowledgeReader,
    context: ContextDep,
    kind: Annotated[ItemKind | None, EmptyIsNone, Query()] = None,
    status: Annotated[ItemStatus | None, EmptyIsNone, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[Item]:
    """Return items at their head revision, oldest first; retired ones too unless filtered."""
    async with context.database.transaction(caller.workspace) as connection:
        found = await stored.list_items(
            connection,
            caller.workspace,
            kind=kind,
            status=status,
            after=decode_cursor(_CURSOR, cursor),
            limit=limit + 1,
        )
    more = encode_cursor(_CURSOR, found[limit - 1].id) if len(found) > limit else None
    return Page(items=found[:limit], next_cursor=more)


@router.get("/{item_id}", summary="Read one item", responses=problems(401, 403, 404, 422, 503))
async def get_item(caller: KnowledgeReader, context: ContextDep, item_id: UUID) -> Item:
    """Return an item at its head revision, retired or not."""
    async with context.database.transaction(caller.workspace) as connection:
        return await stored.get_item(connection, caller.workspace, item_id)


@router.get(
    "/{item_id}/revisions",
    summary="List an item's revisions",
    responses=problems(401, 403, 404, 422, 503),
)
async def list_revisions(
    caller: KnowledgeReader, context: ContextDep, item_id: UUID
) -> Page[Revision]:
    """Return every revision with where it came from, oldest first."""
    async with context.database.transaction(caller.workspace) as connection:
        found = await stored.list_revisions(connection, caller.workspace, item_id)
    return Page(items=found, next_cursor=None)


@router.get(
    "/{item_id}/diff",
    summary="Compare two revisions",
    responses=problems(401, 403, 404, 422, 503),
)
async def diff_revisions(
    caller: KnowledgeReader,
    context: ContextDep,
    item_id: UUID,
    start: Annotated[int, Query(alias="from", ge=1, lt=2**31, description="The older revision.")],
    end: Annotated[int, Query(alias="to", ge=1, lt=2**31, description="The newer revision.")],
) -> DiffAnswer:
    """Return what changed from one revision to another, word by word."""
    async with context.database.transaction(caller.workspace) as connection:
        found = await stored.list_revisions(connection, caller.workspace, item_id)
    contents = {revision.number: revision.content for revision in found}
    for name, number in (("from", start), ("to", end)):
        if number not in contents:
            raise invalid_field(name, f"must be a revision of this item: 1 to {len(found)}")
    return DiffAnswer(
        item_id=item_id,
        from_revision=start,
        to_revision=end,
        fields=diff_contents(contents[start], contents[end]),
    )
