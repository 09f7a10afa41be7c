"""The sign-in page, signing in with an API key, and signing out."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.auth import live_session
from api.context import Context, ContextDep
from api.login_limits import host_of
from api.pages.entering import enter, forget_cookie, local
from api.pages.templates import render
from api.pages.visitor import PostedForm, SignedIn, read_form
from api.services.sign_in import sign_in_with_key, sign_out
from api.sessions import COOKIE
from domain.identity import Permission
from domain.people import SignInMethod

router = APIRouter(include_in_schema=False)

_UNKNOWN = "This key is unknown or was revoked. Check that you copied all of it."
_MACHINE = "This key is for a program. Sign in with a key of the role reviewer, lead or admin."


@router.get("/login")
async def show_login(
    context: ContextDep, target: Annotated[str, Query(alias="next", max_length=500)] = "/"
) -> Response:
    """Show the ways in that this installation has."""
    return _form(context, target)


def _form(context: Context, target: str, error: str = "", status: int = 200) -> Response:
    provider = context.provider
    return render(
        "login.html",
        status_code=status,
        visitor=None,
        target=local(target),
        error=error,
        form_token=context.sessions.form_token(None),
        provider=provider.settings.label if provider else "",
    )


@router.post("/login")
async def sign_in(request: Request, context: ContextDep) -> Response:
    """Open a session for a key's person; ten wrong keys from one address make it wait."""
    form = await read_form(request, context, None)
    host = host_of(request)
    target = local(form.get("next", "/"))
    wait = context.login_limits.seconds_to_wait(host)
    if wait:
        response = _form(context, target, f"Too many attempts. Try again in {wait} seconds.", 429)
        response.headers["Retry-After"] = str(wait)
        return response
    # An unknown key and a revoked one take the same query, and get the same answer.
    holder = await context.keys.find(form.get("key", "").strip())
    if holder is None:
        context.login_limits.failed(host)
        return _form(context, target, _UNKNOWN, 401)
    if not holder.principal.may(Permission.READ_PROPOSALS):
        return _form(context, target, _MACHINE, 403)
    context.login_limits.succeeded(host)
    session = await sign_in_with_key(context, holder)
    return await enter(request, context, session, target)


@router.post("/logout")
async def end(
    request: Request, context: ContextDep, visitor: SignedIn, form: PostedForm
) -> Response:
    """End the session; who came from a provider is shown where they sign out there too."""
    live = await live_session(context, visitor.session)
    ended = await sign_out(context, live) if live else None
    response: Response = RedirectResponse("/login", 303)
    if live is not None and live.method is SignInMethod.OIDC and context.provider is not None:
        response = await _signed_out(context, ended.id_token if ended else None)
    forget_cookie(request, context, response, COOKIE)
    return response


async def _signed_out(context: Context, id_token: str | None) -> Response:
    """Return a page with a link: a redirect away from here is no answer to a form."""
    provider = context.provider
    back_to = f"{context.settings.api_url.rstrip('/')}/login"
    url = await provider.sign_out_url(id_token, back_to) if provider else None
    label = provider.settings.label if provider else ""
    return render("signed_out.html", visitor=None, provider=label, provider_url=url)
