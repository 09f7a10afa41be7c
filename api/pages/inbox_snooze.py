"""Snoozing from a page: one proposal put off for the person who asks, or brought back."""

from collections.abc import Awaitable
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.context import Context, ContextDep
from api.pages.proposal import proposal_page
from api.pages.visitor import Form, PostedForm, SignedIn, Visitor
from api.problems import ProblemError, invalid_field
from api.services.snoozing import snooze_proposal, wake_proposal
from domain.inbox import SnoozeChoice, snoozed_until

router = APIRouter(prefix="/proposals/{proposal_id}", include_in_schema=False)


def until_of(form: Form) -> datetime:
    """Return the end of the snooze that a form asks for; raises the 422 problem.

    `zone` is the browser's, which a script fills in; mornings are in UTC without it.
    """
    try:
        choice = SnoozeChoice(form.get("choice", ""))
    except ValueError:
        raise invalid_field("choice", "choose until when") from None
    try:
        return snoozed_until(choice, datetime.now(UTC), _zone_of(form), form.get("day", ""))
    except ValueError as error:
        raise invalid_field("day", str(error)) from None


def _zone_of(form: Form) -> ZoneInfo | None:
    name = form.get("zone", "")
    try:
        return ZoneInfo(name) if name else None
    # A name that no database of zones has, or that is no name of a file.
    except (LookupError, ValueError, OSError):
        return None


@router.post("/snooze")
async def post_snooze(
    visitor: SignedIn, context: ContextDep, proposal_id: UUID, form: PostedForm
) -> Response:
    """Put the proposal off for this person."""

    async def act() -> None:
        await snooze_proposal(context, visitor.principal, proposal_id, until_of(form))

    return await _shown(context, visitor, proposal_id, form, act())


@router.post("/wake")
async def post_wake(
    visitor: SignedIn, context: ContextDep, proposal_id: UUID, form: PostedForm
) -> Response:
    """Bring the proposal back to this person's inbox."""
    act = wake_proposal(context, visitor.principal, proposal_id)
    return await _shown(context, visitor, proposal_id, form, act)


async def _shown(
    context: Context, visitor: Visitor, proposal_id: UUID, form: Form, act: Awaitable[None]
) -> Response:
    try:
        await act
    except ProblemError as problem:
        if problem.status in {404, 503}:
            raise
        return await proposal_page(context, visitor, proposal_id, problem=problem, typed=form)
    return RedirectResponse(f"/proposals/{proposal_id}#snooze", 303)
