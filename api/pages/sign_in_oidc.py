"""Signing in at the organisation's own provider: the way there, and the way back."""

import hmac
from typing import Annotated

import structlog
from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.context import Context, ContextDep
from api.login_limits import Door, host_of
from api.oidc import NotBelievedError, Provider, ProviderAwayError
from api.oidc_claims import read_claims, workspace_of
from api.pages.entering import enter, forget_cookie, local, refuse, set_cookie, slow_down
from api.services.sign_in import sign_in_with_claims
from api.sessions import ATTEMPT_COOKIE, ATTEMPT_SECONDS, Attempt, Session, cookie_name
from store.people import Refusal

router = APIRouter(include_in_schema=False)

_log = structlog.get_logger("api.sign_in")


@router.get("/login/oidc")
async def begin(
    request: Request,
    context: ContextDep,
    target: Annotated[str, Query(alias="next", max_length=500)] = "/",
) -> Response:
    """Lead to the provider. A link and no form: a form's answer may not lead to another site."""
    provider = _provider(context)
    try:
        url, attempt = await provider.begin(local(target))
    except ProviderAwayError:
        return _away()
    response = RedirectResponse(url, 303)
    kept = context.sessions.attempt_cookie_of(attempt)
    set_cookie(request, context, response, ATTEMPT_COOKIE, kept, ATTEMPT_SECONDS)
    return response


@router.get("/login/oidc/callback")
async def finish(
    request: Request,
    context: ContextDep,
    code: Annotated[str, Query(max_length=4_000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
    iss: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    """Open a session for whom the provider vouches for. Each attempt is good for one callback."""
    provider = _provider(context)
    if (answer := slow_down(request, context, Door.OIDC)) is not None:
        return answer
    name = cookie_name(request, context.settings, ATTEMPT_COOKIE)
    attempt = context.sessions.read_attempt(request.cookies.get(name))
    is_ours = attempt is not None and hmac.compare_digest(
        attempt.state.encode(), state.encode("utf-8", "surrogatepass")
    )
    if attempt is None or not is_ours or not code or iss not in ("", provider.settings.issuer):
        response = _not_finished()
    else:
        response = await _let_in(request, context, provider, code, attempt)
    if response.status_code in {400, 401}:
        context.login_limits.failed(host_of(request), Door.OIDC)
    forget_cookie(request, context, response, ATTEMPT_COOKIE)
    return response


async def _let_in(
    request: Request, context: Context, provider: Provider, code: str, attempt: Attempt
) -> Response:
    try:
        told = await provider.finish(code, attempt)
    except ProviderAwayError:
        return _away()
    except NotBelievedError:
        return _not_finished(status=401)
    claimed = read_claims(told.claims, provider.settings)
    if claimed is None:
        _log.warning("a provider's person has no name", setting="LEARNING_LOOP_OIDC_NAME_CLAIM")
        return _refused(Refusal.NO_ROLE)
    workspace = workspace_of(told.claims, provider.settings, context.settings.workspace)
    entered = await sign_in_with_claims(context, workspace, claimed, told.id_token)
    if not isinstance(entered, Session):
        _log.info("a provider's person does not come in", reason=entered.value)
        return _refused(entered)
    context.login_limits.succeeded(host_of(request), Door.OIDC)
    return await enter(request, context, entered, attempt.target)


def _provider(context: Context) -> Provider:
    if context.provider is None:
        raise HTTPException(404)
    return context.provider


def _refused(why: Refusal) -> Response:
    if why is Refusal.NAME_TAKEN:
        sentences = (
            "Your name is taken here by an API key or by somebody else.",
            "Ask your administrator.",
        )
        return refuse("You cannot sign in", sentences, status=403)
    return refuse("You have no role here", ("Ask your administrator.",), status=403)


def _not_finished(status: int = 400) -> Response:
    sentences = (
        "Signing in was not finished, took too long, or was begun in another browser or tab.",
        "Nothing has happened. Start again.",
    )
    return refuse("You are not signed in", sentences, status=status, way_on="Start again")


def _away() -> Response:
    sentences = (
        "Your organisation's sign-in does not answer at the moment.",
        "Try again in a minute. If this goes on, tell your administrator.",
    )
    response = refuse("Signing in does not work now", sentences, status=503)
    response.headers["Retry-After"] = "10"
    return response
