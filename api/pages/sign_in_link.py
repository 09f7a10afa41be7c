"""Signing in by a link that works once. Opening it does nothing: a button uses it up."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.context import Context, ContextDep
from api.login_limits import Door, host_of
from api.pages.entering import enter, refuse, slow_down
from api.pages.templates import render
from api.pages.visitor import read_form
from api.services.sign_in import sign_in_with_link
from store.sign_in_links import LINK_PATH, LinkHolder, find_link, workspace_of

router = APIRouter(include_in_schema=False)


@router.get(f"{LINK_PATH}{{token}}")
async def show(request: Request, context: ContextDep, token: str) -> Response:
    """Show whom the link signs in, and the button that does it."""
    if (answer := slow_down(request, context, Door.LINK)) is not None:
        return answer
    holder = await _find(context, token)
    if holder is None:
        return _dead(request, context)
    return render(
        "sign_in_link.html",
        visitor=None,
        holder=holder,
        token=token,
        form_token=context.sessions.form_token(None),
    )


@router.post(LINK_PATH.rstrip("/"))
async def use(request: Request, context: ContextDep) -> Response:
    """Use the link up and open its session."""
    form = await read_form(request, context, None)
    if (answer := slow_down(request, context, Door.LINK)) is not None:
        return answer
    session = await sign_in_with_link(context, form.get("token", ""))
    if session is None:
        return _dead(request, context)
    context.login_limits.succeeded(host_of(request), Door.LINK)
    return await enter(request, context, session, "/")


async def _find(context: Context, token: str) -> LinkHolder | None:
    workspace = workspace_of(token)
    if workspace is None:
        return None
    async with context.database.reading(workspace) as connection:
        return await find_link(connection, workspace, token)


def _dead(request: Request, context: Context) -> Response:
    """Return the one page for links that were used, are too old, or never were."""
    context.login_limits.failed(host_of(request), Door.LINK)
    sentences = (
        "A sign-in link works once, and for 15 minutes.",
        "Whoever runs this installation makes a new one with: learning-loop sign-in-link",
    )
    return refuse("This link does not work", sentences, status=410)
