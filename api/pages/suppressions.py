"""The page of rejected suggestions: what is held back, why, and until when."""

from collections.abc import Sequence
from typing import Any, cast
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from api.context import Context, ContextDep
from api.fields import field_problems
from api.pages.rejection_words import REASON_WORDS
from api.pages.visitor import Form, PostedForm, SignedIn, Visitor
from api.paging import Cursor, decode_cursor, encode_cursor
from api.problems import ProblemError, invalid, not_permitted
from api.services.suppressions import SuppressionEdit, edit_suppression
from domain.identity import Permission
from domain.suppression import MAX_LIFTS_AFTER, HeldBack, Suppression
from store import suppressions as stored

router = APIRouter(prefix="/suppressions", include_in_schema=False)

POSITION = TypeAdapter(UUID)
_SHOWN = 20
_CASES_SHOWN = 10


class SuppressionOnPage(Suppression):
    """A suppression with its newest cases, and how many cases more it has held back."""

    cases: tuple[HeldBack, ...]
    more_cases: int


def _on_page(found: Suppression, cases: Sequence[HeldBack]) -> SuppressionOnPage:
    # Two findings of one intervention are one case.
    more = found.held_back - len({case.intervention_id for case in cases})
    return SuppressionOnPage(**dict(found), cases=tuple(cases), more_cases=more)


@router.get("")
async def show_suppressions(
    visitor: SignedIn, context: ContextDep, cursor: Cursor = None
) -> Response:
    """Show what people have rejected and what is held back since, newest first."""
    return await _page(context, visitor, cursor=cursor)


@router.post("/{suppression_id}")
async def post_suppression(
    visitor: SignedIn, context: ContextDep, suppression_id: UUID, form: PostedForm
) -> Response:
    """Change a suppression, lift it, or let it hold back again."""
    if not visitor.may(Permission.SUPPRESS):
        raise not_permitted(visitor.principal.role, Permission.SUPPRESS)
    try:
        request = _edit_of(form)
        async with context.database.transaction(visitor.principal.workspace) as connection:
            await edit_suppression(connection, visitor.principal, suppression_id, request)
    except ProblemError as problem:
        if problem.status not in {409, 422}:
            raise
        return await _page(context, visitor, problem=problem, typed=form, of=suppression_id)
    return RedirectResponse(f"/suppressions#suppression-{suppression_id}", 303)


async def _page(
    context: Context,
    visitor: Visitor,
    *,
    cursor: str | None = None,
    problem: ProblemError | None = None,
    typed: Form | None = None,
    of: UUID | None = None,
) -> Response:
    """Return the page; after a form that had no effect, only with what it was about."""
    workspace = visitor.principal.workspace
    async with context.database.transaction(workspace) as connection:
        found = await stored.list_suppressions(
            connection,
            workspace,
            suppression_id=of,
            before=decode_cursor(POSITION, cursor),
            limit=_SHOWN + 1,
        )
        cases = await stored.list_newest_held_back(
            connection, workspace, [one.id for one in found[:_SHOWN]], limit=_CASES_SHOWN
        )
    shown = [_on_page(one, cases.get(one.id, [])) for one in found[:_SHOWN]]
    more = encode_cursor(POSITION, shown[-1].id) if len(found) > _SHOWN else None
    return visitor.page(
        "suppressions.html",
        status_code=problem.status if problem else 200,
        section="inbox",
        suppressions=shown,
        more=more,
        problem=problem,
        typed=typed or {},
        most=MAX_LIFTS_AFTER,
        reason_words=REASON_WORDS,
    )


def _edit_of(form: Form) -> SuppressionEdit:
    fields: dict[str, Any] = {
        name: form[name] for name in ("reason", "lifts_after", "status") if name in form
    }
    try:
        return SuppressionEdit.model_validate(fields)
    except ValidationError as error:
        raise invalid(field_problems(cast(list[dict[str, Any]], error.errors()))) from None
