"""Who looks at a page, and the proof that a posted form is from our own page."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse
from starlette.datastructures import UploadFile

from analysis.redaction import strip_invisible
from api.auth import bad_form_token, principal_of, session_of
from api.context import Context, ContextDep
from api.pages.templates import render
from api.problems import ProblemError, not_permitted, not_signed_in
from api.sessions import Session, cookie_name
from domain.identity import Permission, Principal
from domain.inbox import InboxFilters

VIEW_COOKIE = "learning_loop_view"
"""Holds the view of the inbox that was shown last, so that forms and redirects do not lose it."""

LONGEST_VIEW = 2000
"""Characters; a longer one is not remembered."""

_MAX_FIELDS = 100


@dataclass(frozen=True)
class Visitor:
    """A signed-in person, and the token that their forms carry."""

    principal: Principal
    session: Session
    form_token: str
    view: str = ""
    """The view of the inbox that they came through, as `domain/inbox.py` writes it, or ""."""

    def may(self, permission: str) -> bool:
        """Return whether the person may do something, by the permission's name."""
        return self.principal.may(Permission(permission))

    def page(self, template: str, *, status_code: int = 200, **values: Any) -> HTMLResponse:
        """Return a template as a page for this person."""
        return render(template, status_code=status_code, visitor=self, **values)


async def signed_in(request: Request, context: ContextDep) -> Visitor:
    """Return the signed-in person; raises the 401 problem, which leads to the sign-in page."""
    session = session_of(request, context)
    principal = await principal_of(context, session)
    if session is None or principal is None:
        raise not_signed_in()
    if not principal.may(Permission.READ_PROPOSALS):
        raise not_permitted(principal.role, Permission.READ_PROPOSALS)
    form_token = context.sessions.form_token(session)
    return Visitor(principal, session, form_token, _view_of(request, context))


def _view_of(request: Request, context: Context) -> str:
    """Return the view that the address names, or the one that the inbox showed last."""
    shown = request.cookies.get(cookie_name(request, context.settings, VIEW_COOKIE))
    said = request.query_params.get("from") or shown or ""
    if not said or len(said) > LONGEST_VIEW:
        return ""
    return InboxFilters.read_query(said).as_query()


SignedIn = Annotated[Visitor, Depends(signed_in)]

Form = dict[str, str]


async def read_form(request: Request, context: Context, session: Session | None) -> Form:
    """Return a posted form's texts; raises the 403 problem unless it is from our own page."""
    _check_origin(request, context)
    try:
        async with request.form(max_files=0, max_fields=_MAX_FIELDS) as data:
            form = {
                name: strip_invisible(value)
                for name, value in data.items()
                if not isinstance(value, UploadFile)
            }
    except ProblemError:
        raise
    except Exception:
        # Whatever the parser says of a broken form; its words may quote the form.
        raise bad_form_token() from None
    if not context.sessions.is_form_token(form.pop("form_token", None), session):
        raise bad_form_token()
    return form


def _check_origin(request: Request, context: Context) -> None:
    """Refuse what a browser says another site has sent."""
    origin = request.headers.get("origin")
    if origin is None:
        return
    own = {request.headers.get("host"), urlsplit(context.settings.api_url).netloc}
    if urlsplit(origin).netloc not in own:
        raise bad_form_token()


async def posted_form(request: Request, context: ContextDep, visitor: SignedIn) -> Form:
    """Return the form that a signed-in person posted."""
    return await read_form(request, context, visitor.session)


PostedForm = Annotated[Form, Depends(posted_form)]
