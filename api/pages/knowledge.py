"""Pages of what agents know: browsing it, searching it, and going back to how it was."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from starlette.responses import Response

from api.context import Context, ContextDep
from api.openapi import EmptyIsNone
from api.pages.moments import Moment, read_moment
from api.pages.visitor import PostedForm, SignedIn, Visitor
from api.pages.word_marks import mark_words
from api.paging import DEFAULT_LIMIT, Cursor, decode_cursor, encode_cursor
from api.services.knowledge_search import Wanted, search_knowledge
from domain.base import Text
from domain.knowledge import Hit, Item, ItemKind, ItemStatus
from store import releases
from store.browsing import AnswerRecord, BrowsedItem, ItemOrder, browse_items
from store.database import Connection

router = APIRouter(include_in_schema=False)

_CURSOR = TypeAdapter(UUID)
_PLACE = TypeAdapter(Annotated[int, Field(ge=0, lt=2**31)])
_QUERY = TypeAdapter(Text)
_FOUND = 10
"""How many items a search shows."""


class Filters(BaseModel):
    """What the list shows; `tag` "" is any."""

    kind: ItemKind | None = None
    status: ItemStatus | None = ItemStatus.ACTIVE
    tag: str = ""
    record: AnswerRecord | None = None
    order: ItemOrder = ItemOrder.ADDED

    @property
    def needs_records(self) -> bool:
        """Whether the list cannot be read without counting answers or sorting."""
        return self.record is not None or self.order is not ItemOrder.ADDED


class Shown(BaseModel):
    """One page of the list; `records` are by item's id, where the list is by records."""

    items: Sequence[Item]
    records: dict[UUID, BrowsedItem] = {}
    more: str | None = None


@router.get("/knowledge")
async def show_knowledge(
    visitor: SignedIn,
    context: ContextDep,
    kind: Annotated[ItemKind | None, EmptyIsNone, Query()] = None,
    status: Annotated[str, Query(max_length=40)] = ItemStatus.ACTIVE,
    tag: Annotated[str, Query(max_length=300)] = "",
    record: Annotated[AnswerRecord | None, EmptyIsNone, Query()] = None,
    order: ItemOrder = ItemOrder.ADDED,
    as_of: Annotated[str, Query(max_length=60)] = "",
    cursor: Cursor = None,
) -> Response:
    """Show the items that agents know, or knew."""
    workspace = visitor.principal.workspace
    filters = Filters(
        kind=kind,
        status=ItemStatus(status) if status in set(ItemStatus) else None,
        tag=tag.strip(),
        record=record,
        order=order,
    )
    async with context.database.snapshot(workspace) as connection:
        moment = await read_moment(connection, workspace, as_of)
        # Of an earlier moment there are no records: answers rested on what came after it too.
        if filters.needs_records and not moment.asked:
            shown = await _by_records(connection, workspace, filters, cursor)
        else:
            shown = await _in_order_of_addition(connection, workspace, moment, filters, cursor)
    return _page(visitor, moment, filters, shown=shown)


async def _in_order_of_addition(
    connection: Connection, workspace: str, moment: Moment, filters: Filters, cursor: str | None
) -> Shown:
    found = await releases.list_items_at(
        connection,
        workspace,
        moment.release,
        kind=filters.kind,
        status=filters.status,
        tags=[filters.tag] if filters.tag else [],
        after=decode_cursor(_CURSOR, cursor),
        limit=DEFAULT_LIMIT + 1,
    )
    more = None
    if len(found) > DEFAULT_LIMIT:
        more = encode_cursor(_CURSOR, found[DEFAULT_LIMIT - 1].id)
    return Shown(items=found[:DEFAULT_LIMIT], more=more)


async def _by_records(
    connection: Connection, workspace: str, filters: Filters, cursor: str | None
) -> Shown:
    offset = decode_cursor(_PLACE, cursor) or 0
    found = await browse_items(
        connection,
        workspace,
        kind=filters.kind,
        status=filters.status,
        tags=[filters.tag] if filters.tag else [],
        record=filters.record,
        order=filters.order,
        offset=offset,
        limit=DEFAULT_LIMIT + 1,
    )
    more = None
    if len(found) > DEFAULT_LIMIT:
        more = encode_cursor(_PLACE, offset + DEFAULT_LIMIT)
    kept = found[:DEFAULT_LIMIT]
    return Shown(
        items=[each.item for each in kept],
        records={each.item.id: each for each in kept},
        more=more,
    )


def _page(
    visitor: Visitor,
    moment: Moment,
    filters: Filters,
    *,
    shown: Shown | None = None,
    query: str = "",
    hits: Sequence[Hit] | None = None,
    problem: str = "",
) -> Response:
    return visitor.page(
        "knowledge.html",
        status_code=422 if problem or moment.problem else 200,
        section="knowledge",
        moment=moment,
        filters=filters,
        kinds=list(ItemKind),
        records=list(AnswerRecord),
        orders=list(ItemOrder),
        shown=shown or Shown(items=()),
        query=query,
        hits=hits,
        matched=[mark_words(_without_title(hit), query) for hit in hits or ()],
        problem=problem,
    )


@router.post("/knowledge/search")
async def show_found(visitor: SignedIn, context: ContextDep, form: PostedForm) -> Response:
    """Show what answers a query best. Posted, so that the query is in no address and no log."""
    workspace = visitor.principal.workspace
    async with context.database.transaction(workspace) as connection:
        moment = await read_moment(connection, workspace, form.get("as_of", "")[:60])
    filters = Filters(kind=_kind(form.get("kind", "")), tag=form.get("tag", "").strip()[:300])
    query = form.get("query", "")
    try:
        text = _QUERY.validate_python(query)
    except ValidationError:
        problem = "Write what a customer would ask, in up to 20,000 characters."
        return _page(visitor, moment, filters, query=query, hits=[], problem=problem)
    hits = await _search(context, workspace, text, moment, filters)
    return _page(visitor, moment, filters, query=text, hits=hits)


def _without_title(hit: Hit) -> str:
    return hit.matched.removeprefix(f"{hit.item.content.title}\n") or hit.matched


async def _search(
    context: Context, workspace: str, text: str, moment: Moment, filters: Filters
) -> Sequence[Hit]:
    wanted = Wanted(
        query=text,
        k=_FOUND,
        kinds=[filters.kind] if filters.kind else [],
        tags=[filters.tag] if filters.tag else [],
        as_of=moment.release if moment.asked else None,
    )
    return (await search_knowledge(context, workspace, wanted)).hits


def _kind(name: str) -> ItemKind | None:
    return ItemKind(name) if name in set(ItemKind) else None


@router.get("/knowledge/search")
async def show_no_search(visitor: SignedIn) -> Response:
    """Lead back to where one searches: a search that was posted has no address."""
    return RedirectResponse("/knowledge", 303)
