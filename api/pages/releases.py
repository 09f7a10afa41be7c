"""Pages of the releases: what each brought, and what differs between any two."""

from datetime import date, datetime
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, TypeAdapter
from starlette.responses import Response

from api.as_of import release_of
from api.context import Context, ContextDep
from api.pages.diff_view import shortened
from api.pages.moments import parse_moment
from api.pages.visitor import Form, SignedIn, Visitor
from api.paging import DEFAULT_LIMIT, Cursor, decode_cursor, encode_cursor
from api.problems import ProblemError, invalid_field
from api.services.release_diff import ChangedItem, Compared, compare_releases
from store import releases as stored
from store.knowledge import current_release
from store.releases import Effect, ReleaseLine

router = APIRouter(prefix="/releases", include_in_schema=False)

POSITION = TypeAdapter(int)
_COMPARED = 20
"""How many items a comparison shows on a page."""


class Day(BaseModel):
    """The releases of one day, in UTC."""

    day: date
    releases: list[ReleaseLine]


@router.get("")
async def show_releases(visitor: SignedIn, context: ContextDep, cursor: Cursor = None) -> Response:
    """Show every change of the knowledge, newest first."""
    workspace = visitor.principal.workspace
    async with context.database.transaction(workspace) as connection:
        newest = await current_release(connection, workspace)
        found = await stored.list_releases(
            connection, workspace, before=_position(cursor), limit=DEFAULT_LIMIT + 1
        )
    shown = found[:DEFAULT_LIMIT]
    more = encode_cursor(POSITION, shown[-1].number) if len(found) > DEFAULT_LIMIT else None
    days = [
        Day(day=day, releases=list(group))
        for day, group in groupby(shown, key=lambda line: line.created_at.date())
    ]
    return visitor.page("releases.html", section="releases", days=days, newest=newest, more=more)


def _position(cursor: str | None) -> int | None:
    number = decode_cursor(POSITION, cursor)
    if number is not None and not 0 <= number < 2**31:
        raise invalid_field("cursor", "must be the next_cursor of an earlier answer")
    return number


@router.get("/compare")
async def show_comparison(
    visitor: SignedIn,
    context: ContextDep,
    start: Annotated[str, Query(alias="from", max_length=60)],
    end: Annotated[str, Query(alias="to", max_length=60)],
    cursor: Cursor = None,
) -> Response:
    """Show what agents see differently at two releases or times."""
    return await comparison_page(context, visitor, start, end, cursor=cursor)


async def comparison_page(
    context: Context,
    visitor: Visitor,
    start: str,
    end: str,
    *,
    cursor: str | None = None,
    problem: ProblemError | None = None,
    typed: Form | None = None,
) -> Response:
    """Return the page; `problem` says why a form had no effect, `typed` is what it held."""
    workspace = visitor.principal.workspace
    found = await compare_releases(
        context,
        workspace,
        _moment("from", start),
        _moment("to", end),
        after=_position(cursor) or 0,
        limit=_COMPARED,
    )
    async with context.database.transaction(workspace) as connection:
        newest = await release_of(connection, workspace, None)
        made = [
            await stored.release_time(connection, workspace, number)
            for number in (found.start, found.end)
        ]
    return visitor.page(
        "release_diff.html",
        status_code=problem.status if problem else 200,
        section="releases",
        start=found.start,
        end=found.end,
        made=made,
        newest=newest,
        groups=_by_effect(found),
        continued=bool(cursor),
        more=None if found.more is None else encode_cursor(POSITION, found.more),
        problem=problem,
        typed=typed or {},
    )


def _moment(field: str, text: str) -> int | datetime:
    try:
        return parse_moment(text)
    except ValueError as error:
        raise invalid_field(field, str(error)) from None


class Group(BaseModel):
    """The items of a page that fare alike."""

    effect: Effect
    items: list[ChangedItem]


def _by_effect(found: Compared) -> list[Group]:
    shown = [item.model_copy(update={"fields": shortened(item.fields)}) for item in found.items]
    groups = [
        Group(effect=effect, items=[item for item in shown if item.effect is effect])
        for effect in Effect
    ]
    return [group for group in groups if group.items]
