"""The page about oneself: who I am here, what I may do, and where I am signed in."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.auth import idle_limit, live_session
from api.context import Context, ContextDep
from api.pages.entering import forget_cookie
from api.pages.visitor import PostedForm, SignedIn, Visitor
from api.problems import not_signed_in
from api.services.sign_in import sign_out, sign_out_everywhere
from api.sessions import COOKIE
from domain.errors import NotFoundError
from domain.people import SignInMethod
from store.sessions import LiveSession, list_sessions

router = APIRouter(include_in_schema=False)

_HOW = {
    SignInMethod.API_KEY: "With an API key",
    SignInMethod.OIDC: "Through your organisation",
    SignInMethod.LINK: "By a one-time link",
}


async def _mine(context: ContextDep, visitor: SignedIn) -> list[LiveSession]:
    """Return the visitor's sessions that go on."""
    principal = visitor.principal
    async with context.database.reading(principal.workspace) as connection:
        return await list_sessions(
            connection, principal.workspace, principal.name, idle_limit(context)
        )


Mine = Annotated[list[LiveSession], Depends(_mine)]


@router.get("/me")
async def show(visitor: SignedIn, sessions: Mine) -> Response:
    """Show the person, and their sessions."""
    me = _here(visitor, sessions)
    return visitor.page("me.html", section="me", me=me, sessions=sessions, how=_HOW)


def _here(visitor: Visitor, sessions: list[LiveSession]) -> LiveSession:
    for session in sessions:
        if session.id == visitor.session.id:
            return session
    # It ended between two queries.
    raise not_signed_in()


@router.post("/me/sessions/{session_id}/end")
async def end_one(
    request: Request,
    context: ContextDep,
    visitor: SignedIn,
    form: PostedForm,
    sessions: Mine,
    session_id: Annotated[UUID, Path()],
) -> Response:
    """End one of one's own sessions; nobody else's is found."""
    chosen = next((session for session in sessions if session.id == session_id), None)
    if chosen is None:
        raise NotFoundError("no such session")
    await sign_out(context, chosen)
    if chosen.id != visitor.session.id:
        return RedirectResponse("/me", 303)
    return _to_login(request, context)


@router.post("/me/sessions/end")
async def end_all(
    request: Request, context: ContextDep, visitor: SignedIn, form: PostedForm
) -> Response:
    """Sign out everywhere, here too."""
    live = await live_session(context, visitor.session)
    if live is not None:
        await sign_out_everywhere(context, live)
    return _to_login(request, context)


def _to_login(request: Request, context: Context) -> Response:
    response = RedirectResponse("/login", 303)
    forget_cookie(request, context, response, COOKIE)
    return response
