"""The page of golden queries: which there are, adding one, taking one out. It needs no scripts."""

from collections.abc import Awaitable, Callable
from typing import Any, cast
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.responses import Response

from api.context import Context, ContextDep
from api.fields import field_problems
from api.pages.visitor import Form, PostedForm, SignedIn, Visitor
from api.paging import DEFAULT_LIMIT, Cursor, decode_cursor, encode_cursor
from api.problems import ProblemError, from_domain_error, invalid, not_permitted
from api.routes.golden import POSITION
from api.services.golden import NewGolden, keep, take_out
from domain.errors import DomainError
from domain.golden import Expectation
from domain.identity import Permission
from store import golden as stored

router = APIRouter(include_in_schema=False)

Act = Callable[[], Awaitable[object]]


@router.get("/golden")
async def show_golden(visitor: SignedIn, context: ContextDep, cursor: Cursor = None) -> Response:
    """Show the golden queries, newest first."""
    return await golden_page(context, visitor, cursor=cursor)


async def golden_page(
    context: Context,
    visitor: Visitor,
    *,
    cursor: str | None = None,
    problem: ProblemError | None = None,
    typed: Form | None = None,
) -> Response:
    """Return the page; with `problem` after a form that had no effect, its text as typed."""
    workspace = visitor.principal.workspace
    async with context.database.transaction(workspace) as connection:
        before = decode_cursor(POSITION, cursor)
        found = await stored.list_golden_queries(
            connection, workspace, before=before, limit=DEFAULT_LIMIT + 1
        )
        total = await stored.count_golden_queries(connection, workspace)
    has_more = len(found) > DEFAULT_LIMIT
    return visitor.page(
        "golden.html",
        status_code=problem.status if problem else 200,
        section="golden",
        queries=found[:DEFAULT_LIMIT],
        total=total,
        more=encode_cursor(POSITION, found[DEFAULT_LIMIT - 1].id) if has_more else None,
        expectations=list(Expectation),
        may_curate=visitor.principal.may(Permission.CURATE_GOLDEN),
        problem=problem,
        typed=typed or {},
    )


@router.post("/golden")
async def post_golden(visitor: SignedIn, context: ContextDep, form: PostedForm) -> Response:
    """Keep a query, from this page or from a replayed one of a proposal's page."""

    async def act() -> None:
        await keep(context, visitor.principal, [_new(form)])

    return await _done_or_shown_again(context, visitor, form, act)


@router.post("/golden/{golden_id}/remove")
async def post_removal(
    visitor: SignedIn, context: ContextDep, golden_id: UUID, form: PostedForm
) -> Response:
    """Take a query out of the set."""

    async def act() -> None:
        await take_out(context, visitor.principal, golden_id)

    return await _done_or_shown_again(context, visitor, {}, act)


async def _done_or_shown_again(
    context: Context, visitor: Visitor, form: Form, act: Act
) -> Response:
    """Do what a form asks and lead back to where it was; say on the page why it could not be."""
    if not visitor.principal.may(Permission.CURATE_GOLDEN):
        raise not_permitted(visitor.principal.role, Permission.CURATE_GOLDEN)
    try:
        await act()
    except (ProblemError, DomainError) as error:
        problem = from_domain_error(error) if isinstance(error, DomainError) else error
        if problem.status in {404, 503}:
            raise
        return await golden_page(context, visitor, problem=problem, typed=form)
    return RedirectResponse(_back_to(form), 303)


def _back_to(form: Form) -> str:
    """Return the address of the proposal that a form was on, or that of the list."""
    try:
        return f"/proposals/{UUID(form['proposal_id'])}#h-verification"
    except (KeyError, ValueError):
        return "/golden"


def _new(form: Form) -> NewGolden:
    lines = [line.strip() for line in form.get("must_contain", "").splitlines()]
    fields: dict[str, Any] = {
        "query": form.get("query", ""),
        "expects": form.get("expects", Expectation.ANSWERED),
        "must_contain": tuple(line for line in lines if line),
        "item_id": form.get("item_id", "").strip() or None,
        "note": form.get("note", ""),
    }
    try:
        return NewGolden.model_validate(fields)
    except ValidationError as error:
        raise invalid(field_problems(cast(list[dict[str, Any]], error.errors()))) from None
