"""Forms that ask to change what agents know: roll back, retire, restore. They need no scripts."""

from collections.abc import Awaitable, Callable
from typing import Any, cast
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from api.context import Context, ContextDep
from api.fields import field_problems
from api.pages.item import comparison_page, item_page
from api.pages.releases import comparison_page as release_comparison_page
from api.pages.visitor import Form, PostedForm, SignedIn, Visitor
from api.problems import FieldProblem, ProblemError, from_domain_error, invalid, invalid_field
from api.services.change_requests import Asked, ask_for
from domain.as_of import MAX_RELEASE
from domain.base import Text
from domain.change_requests import ChangeRequestKind, ChangeRequestMode, Target
from domain.errors import DomainError
from store.knowledge import current_release, get_item

router = APIRouter(include_in_schema=False)

_REASON = TypeAdapter(Text)

Ask = Callable[[], Awaitable[Asked]]
Show = Callable[[ProblemError], Awaitable[Response]]


async def _asked_or_shown_again(ask: Ask, show: Show, otherwise: str) -> Response:
    """Ask, and lead to what came of it; say on the page of the form why it could not be.

    `otherwise` is where to go when there is no single proposal to look at.
    """
    try:
        asked = await ask()
    except (ProblemError, DomainError) as error:
        problem = from_domain_error(error) if isinstance(error, DomainError) else error
        if problem.status in {403, 404, 503}:
            raise
        return await show(problem)
    if len(asked.proposals) == 1:
        return RedirectResponse(f"/proposals/{asked.proposals[0].id}", 303)
    return RedirectResponse("/" if asked.proposals else otherwise, 303)


def _reason(form: Form) -> str:
    try:
        return _REASON.validate_python(form.get("reason", ""))
    except ValidationError as error:
        errors = cast(list[dict[str, Any]], error.errors())
        problems = [
            FieldProblem(field="reason", message=problem.message)
            for problem in field_problems(errors)
        ]
        raise invalid(problems) from None


def _mode(form: Form) -> ChangeRequestMode:
    forced = form.get("force") == "yes"
    return ChangeRequestMode.FORCED if forced else ChangeRequestMode.REVIEWED


def _number(form: Form, field: str) -> int:
    text = form.get(field, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise invalid_field(field, "must be a whole number")
    number = int(text)
    if not 1 <= number <= MAX_RELEASE:
        raise invalid_field(field, "must be 1 or more")
    return number


@router.post("/knowledge/{item_id}/rollback")
async def post_rollback(
    visitor: SignedIn, context: ContextDep, item_id: UUID, form: PostedForm
) -> Response:
    """Ask that an item says again what it said at a revision."""
    number = _number(form, "to_revision")

    async def ask() -> Asked:
        return await ask_for(
            context,
            visitor.principal,
            ChangeRequestKind.ROLLBACK_REVISION,
            Target(item_id=item_id, to_revision=number),
            reason=_reason(form),
            mode=_mode(form),
        )

    async def show(problem: ProblemError) -> Response:
        async with context.database.transaction(visitor.principal.workspace) as connection:
            head = await get_item(connection, visitor.principal.workspace, item_id)
        return await comparison_page(
            context, visitor, item_id, head.revision, number, problem=problem, typed=form
        )

    return await _asked_or_shown_again(ask, show, f"/knowledge/{item_id}")


@router.post("/knowledge/{item_id}/retire")
async def post_retire(
    visitor: SignedIn, context: ContextDep, item_id: UUID, form: PostedForm
) -> Response:
    """Ask that agents see an item no more."""
    return await _item_request(context, visitor, item_id, form, ChangeRequestKind.RETIRE)


@router.post("/knowledge/{item_id}/restore")
async def post_restore(
    visitor: SignedIn, context: ContextDep, item_id: UUID, form: PostedForm
) -> Response:
    """Ask that agents see a retired item again."""
    return await _item_request(context, visitor, item_id, form, ChangeRequestKind.RESTORE)


async def _item_request(
    context: Context, visitor: Visitor, item_id: UUID, form: Form, kind: ChangeRequestKind
) -> Response:
    async def ask() -> Asked:
        target = Target(item_id=item_id)
        return await ask_for(context, visitor.principal, kind, target, reason=_reason(form))

    async def show(problem: ProblemError) -> Response:
        return await item_page(context, visitor, item_id, problem=problem, typed=form)

    return await _asked_or_shown_again(ask, show, f"/knowledge/{item_id}")


@router.post("/releases/rollback")
async def post_release_rollback(
    visitor: SignedIn, context: ContextDep, form: PostedForm
) -> Response:
    """Ask that the whole knowledge becomes again what it was at a release."""
    number = _number(form, "to_release")

    async def ask() -> Asked:
        return await ask_for(
            context,
            visitor.principal,
            ChangeRequestKind.ROLLBACK_RELEASE,
            Target(to_release=number),
            reason=_reason(form),
            mode=_mode(form),
        )

    async def show(problem: ProblemError) -> Response:
        async with context.database.transaction(visitor.principal.workspace) as connection:
            newest = await current_release(connection, visitor.principal.workspace)
        return await release_comparison_page(
            context, visitor, str(newest), str(number), problem=problem, typed=form
        )

    return await _asked_or_shown_again(ask, show, "/releases")
