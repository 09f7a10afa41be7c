"""The page where a person says how they want to be told, and proves their addresses."""

from typing import Any, cast
from zoneinfo import available_timezones

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.responses import Response

from api.context import Context, ContextDep
from api.fields import field_problems
from api.pages.visitor import Form, PostedForm, SignedIn, Visitor
from api.problems import ProblemError, invalid
from api.services import preferences as service
from domain.notifications import Channel, NotificationPreferences, Occasion, Route

router = APIRouter(prefix="/me/notifications", include_in_schema=False)

OCCASIONS = {
    Occasion.OPENED: "A proposal waits for your group",
    Occasion.REMINDER: "A reminder: it still waits",
    Occasion.ESCALATED: "It comes to your group, since nobody decided before",
    Occasion.PARKED: "It was parked, since nobody decided at all",
    Occasion.CAME_BACK: "It is back with a new draft",
    Occasion.MENTIONED: "Somebody mentions you",
    Occasion.ASSIGNED: "Somebody gives a proposal to you",
    Occasion.APPLIED: "The proposal of your case is live",
    Occasion.REJECTED: "The proposal of your case was rejected",
    Occasion.DIGEST: "Your day: what waits, what is overdue, what went live",
}
ROUTES = {
    Route.BEST: "Slack if linked, else email",
    Route.SLACK: "Slack",
    Route.EMAIL: "Email",
    Route.BOTH: "Slack and email",
    Route.DIGEST_ONLY: "In the daily digest only",
    Route.NOT_AT_ALL: "Not at all",
}
TROUBLES = {
    "unreachable": "could not be reached",
    "rate_limited": "takes no more messages for the moment",
    "not_authorised": "does not accept this installation's credentials",
    "not_secure": "offers no connection that can be trusted",
    "unknown_address": "does not know the address",
    "refused": "refuses the messages",
    "forbidden_address": "has an address that may not be called",
}
CHANNELS = {Channel.SLACK: "Slack", Channel.EMAIL: "Email", Channel.WEBHOOK: "A webhook"}
_ZONES = tuple(sorted(available_timezones()))


@router.get("")
async def show(visitor: SignedIn, context: ContextDep, saved: bool = False) -> Response:
    """Show how the person is told."""
    return await _page(context, visitor, saved=saved)


@router.post("")
async def post_preferences(visitor: SignedIn, context: ContextDep, form: PostedForm) -> Response:
    """Keep what the person has chosen."""
    try:
        chosen = _read(form)
    except ProblemError as problem:
        return await _page(context, visitor, problem=problem)
    await service.save(context, visitor.principal, chosen)
    return RedirectResponse("/me/notifications?saved=1", 303)


@router.post("/slack")
async def post_slack(visitor: SignedIn, context: ContextDep, form: PostedForm) -> Response:
    """Show a code for Slack, or unlink the account."""
    if form.get("act") == "unlink":
        await service.unlink_slack(context, visitor.principal)
        return RedirectResponse("/me/notifications#slack", 303)
    try:
        code = await service.make_slack_code(context, visitor.principal)
    except ProblemError as problem:
        return await _page(context, visitor, problem=problem)
    return await _page(context, visitor, code=code)


@router.post("/email")
async def post_email(visitor: SignedIn, context: ContextDep, form: PostedForm) -> Response:
    """Send a link to a typed address, or drop the one that the person has given."""
    if form.get("act") == "forget":
        await service.forget_address(context, visitor.principal)
        return RedirectResponse("/me/notifications#email", 303)
    try:
        sent_to = await service.ask_for_address(context, visitor.principal, form.get("email", ""))
    except ProblemError as problem:
        return await _page(context, visitor, problem=problem)
    return await _page(context, visitor, sent_to=sent_to)


async def _page(
    context: Context,
    visitor: Visitor,
    *,
    problem: ProblemError | None = None,
    code: str | None = None,
    sent_to: str | None = None,
    saved: bool = False,
) -> Response:
    async with context.database.transaction(visitor.principal.workspace) as connection:
        told = await service.read_told(context, connection, visitor.principal)
    return visitor.page(
        "me_notifications.html",
        status_code=problem.status if problem else 200,
        section="me",
        told=told,
        problem=problem,
        code=code,
        sent_to=sent_to,
        saved=saved,
        can_link=context.channels.slack is not None and context.channels.slack_buttons,
        occasions=OCCASIONS,
        routes=ROUTES,
        troubles=TROUBLES,
        channels=CHANNELS,
        zones=_ZONES,
    )


def _read(form: Form) -> NotificationPreferences:
    fields: dict[str, Any] = {
        "routes": {
            occasion: form[f"route_{occasion}"]
            for occasion in Occasion
            if f"route_{occasion}" in form
        },
        "time_zone": form.get("time_zone", "").strip() or "UTC",
        "digest_hour": form.get("digest_hour", "8"),
        "quiet_from": form.get("quiet_from") or None,
        "quiet_until": form.get("quiet_until") or None,
    }
    try:
        return NotificationPreferences.model_validate(fields)
    except ValidationError as error:
        raise invalid(field_problems(cast(list[dict[str, Any]], error.errors()))) from None
