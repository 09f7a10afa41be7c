"""What all ways of signing in share: the cookie, where it leads on, and plain pages that refuse."""

from fastapi import Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.auth import live_session, session_of
from api.context import Context
from api.login_limits import Door, host_of
from api.pages.templates import render
from api.services.sign_in import sign_out
from api.sessions import COOKIE, Session, cookie_name, is_secure


async def enter(
    request: Request, context: Context, session: Session, target: str
) -> RedirectResponse:
    """Return the way on, with a new session's cookie; the browser's former session ends."""
    former = await live_session(context, session_of(request, context))
    if former is not None:
        await sign_out(context, former)
    response = RedirectResponse(local(target), 303)
    set_cookie(
        request,
        context,
        response,
        COOKIE,
        context.sessions.cookie_of(session),
        context.sessions.max_age_seconds,
    )
    return response


def set_cookie(
    request: Request, context: Context, response: Response, name: str, value: str, seconds: int
) -> None:
    """Set a cookie that scripts cannot read and that other sites' forms do not send."""
    response.set_cookie(
        cookie_name(request, context.settings, name),
        value,
        max_age=seconds,
        httponly=True,
        samesite="lax",
        secure=is_secure(request, context.settings),
    )


def forget_cookie(request: Request, context: Context, response: Response, name: str) -> None:
    """Take a cookie back."""
    response.delete_cookie(
        cookie_name(request, context.settings, name),
        httponly=True,
        samesite="lax",
        secure=is_secure(request, context.settings),
    )


def refuse(
    title: str, sentences: tuple[str, ...], *, status: int, way_on: str = "Back to signing in"
) -> Response:
    """Return a plain page that says why somebody does not come in, and nothing else."""
    return render(
        "sign_in_refused.html",
        status_code=status,
        visitor=None,
        title=title,
        sentences=sentences,
        way_on=way_on,
    )


def slow_down(request: Request, context: Context, door: Door) -> Response | None:
    """Return the page for an address that has failed too often; None if it may try."""
    wait = context.login_limits.seconds_to_wait(host_of(request), door)
    if not wait:
        return None
    response = refuse("Too many attempts", (f"Try again in {wait} seconds.",), status=429)
    response.headers["Retry-After"] = str(wait)
    return response


def local(target: str) -> str:
    """Return a path of ours; anything else would let a link lead elsewhere after signing in."""
    is_ours = target.startswith("/") and not target.startswith("//") and "\\" not in target
    return target if is_ours and target.isprintable() else "/"
