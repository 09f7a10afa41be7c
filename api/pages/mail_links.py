"""Pages behind links in mails: they work without signing in, and tell nobody anything.

Opening one changes nothing, so that neither can a mail scanner; the button on it does.
"""

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.context import ContextDep
from api.pages.templates import render
from api.services.preferences import confirm_address, end_mails

router = APIRouter(include_in_schema=False)

Token = Annotated[str, Path(max_length=1_000)]


def _page(what: str, token: str, *, done: bool, status: int = 200) -> Response:
    response = render(
        "mail_link.html", status_code=status, visitor=None, what=what, token=token, done=done
    )
    # The address itself is what lets in; no other site shall hear of it.
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@router.get("/unsubscribe/{token}")
async def show_unsubscribe(token: Token) -> Response:
    """Ask whether the mails shall end; the same for every token."""
    return _page("unsubscribe", token, done=False)


@router.post("/unsubscribe/{token}")
async def post_unsubscribe(context: ContextDep, token: Token) -> Response:
    """End a person's mails (RFC 8058: one click, without a form token); the same for any token."""
    await end_mails(context, token)
    return _page("unsubscribe", token, done=True)


@router.get("/confirm-email/{token}")
async def show_confirm(token: Token) -> Response:
    """Ask whether the address is theirs."""
    return _page("confirm", token, done=False)


@router.post("/confirm-email/{token}")
async def post_confirm(context: ContextDep, token: Token) -> Response:
    """Let a typed address count."""
    if await confirm_address(context, token):
        return _page("confirm", token, done=True)
    return _page("too_old", token, done=True, status=410)
