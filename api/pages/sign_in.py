"""Signing in with an API key, and out."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.context import Context, ContextDep
from api.pages.templates import render
from api.pages.visitor import PostedForm, read_form
from api.sessions import COOKIE, MAX_AGE_SECONDS
from domain.identity import Permission

router = APIRouter(include_in_schema=False)

_UNKNOWN = "This key is unknown or was revoked. Check that you copied all of it."
_MACHINE = "This key is for a program. Sign in with a key of the role reviewer, lead or admin."


@router.get("/login")
async def show_login(
    context: ContextDep, target: Annotated[str, Query(alias="next", max_length=500)] = "/"
) -> Response:
    """Show the form."""
    return _form(context, target)


def _form(context: Context, target: str, error: str = "", status: int = 200) -> Response:
    return render(
        "login.html",
        status_code=status,
        visitor=None,
        target=_local(target),
        error=error,
        form_token=context.sessions.form_token(None),
    )


@router.post("/login")
async def sign_in(request: Request, context: ContextDep) -> Response:
    """Open a session for a key's person; ten wrong keys from one address make it wait."""
    form = await read_form(request, context, None)
    host = request.client.host if request.client else "unknown"
    target = _local(form.get("next", "/"))
    wait = context.login_limits.seconds_to_wait(host)
    if wait:
        response = _form(context, target, f"Too many attempts. Try again in {wait} seconds.", 429)
        response.headers["Retry-After"] = str(wait)
        return response
    holder = await context.keys.find(form.get("key", "").strip())
    if holder is None:
        context.login_limits.failed(host)
        return _form(context, target, _UNKNOWN, 401)
    if not holder.principal.may(Permission.READ_PROPOSALS):
        return _form(context, target, _MACHINE, 403)
    context.login_limits.succeeded(host)
    _, cookie = context.sessions.open(holder.key_id)
    response = RedirectResponse(target, 303)
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=MAX_AGE_SECONDS,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https" or context.settings.api_url.startswith("https:"),
    )
    return response


@router.post("/logout")
async def sign_out(form: PostedForm) -> Response:
    """End the session in this browser."""
    response = RedirectResponse("/login", 303)
    response.delete_cookie(COOKIE, httponly=True, samesite="lax")
    return response


def _local(target: str) -> str:
    """Return a path of ours; anything else would let a link lead elsewhere after signing in."""
    is_ours = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return target if is_ours and target.isprintable() else "/"
