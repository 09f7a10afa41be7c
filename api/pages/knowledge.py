"""Pages of what agents know: browsing it, searching it, and going back to how it was."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.responses import Response

from api.context import Context, ContextDep
from api.openapi import EmptyIsNone
from api.pages.moments import Moment, read_moment
from api.pages.visitor import PostedForm, SignedIn, Visitor
from api.paging import DEFAULT_LIMIT, Cursor, decode_cursor, encode_cursor
from api.services.knowledge_search import Wanted, search_knowledge
from domain.base import Text
from domain.knowledge import Hit, Item, ItemKind, ItemStatus
from store import releases

router = APIRouter(include_in_schema=False)

_CURSOR = TypeAdapter(UUID)
_QUERY = TypeAdapter(Text)
_FOUND = 10
"""How many items a search shows."""


class Filters(BaseModel):
    """What the list shows; `tag` "" is any."""

    kind: ItemKind | None = None
    status: ItemStatus | None = ItemStatus.ACTIVE
    tag: str = ""


@router.get("/knowledge")
async def show_knowledge(
    visitor: SignedIn,
    context: ContextDep,
    kind: Annotated[ItemKind | None, EmptyIsNone, Query()] = None,
    status: Annotated[str, Query(max_length=40)] = ItemStatus.ACTIVE,
    tag: Annotated[str, Query(max_length=300)] = "",
    as_of: Annotated[str, Query(max_length=60)] = "",
    cursor: Cursor = None,
) -> Response:
    """Show the items that agents know, or knew."""
    workspace = visitor.principal.workspace
    filters = Filters(
        kind=kind,
        status=ItemStatus(status) if status in set(ItemStatus) else None,
        tag=tag.strip(),
    )
    async with context.database.snapshot(workspace) as connection:
        moment = await read_moment(connection, workspace, as_of)
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
    return _page(visitor, moment, filters, items=found[:DEFAULT_LIMIT], more=more)


def _page(
    visitor: Visitor,
    moment: Moment,
    filters: Filters,
    *,
    items: Sequence[Item] = (),
    more: str | None = None,
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
        items=items,
        more=more,
        query=query,
        hits=hits,
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
