"""The inbox: what waits for a person, narrowed by what its address says."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.context import ContextDep
from api.pages.entering import set_cookie
from api.pages.inbox_page import inbox_page
from api.pages.visitor import LONGEST_VIEW, VIEW_COOKIE, SignedIn
from api.paging import Cursor
from domain.inbox import InboxFilters
from store.saved_views import find_default

router = APIRouter(include_in_schema=False)

_REMEMBERED_SECONDS = 12 * 60 * 60


@router.get("/")
async def show_inbox(
    request: Request, visitor: SignedIn, context: ContextDep, cursor: Cursor = None
) -> Response:
    """Show the proposals that the address asks for, those first that save most work.

    The bare address leads to the person's default view, if they have one.
    """
    if not request.query_params:
        person = visitor.principal
        async with context.database.transaction(person.workspace) as connection:
            default = await find_default(connection, person.workspace, person.name)
        if default is not None:
            return RedirectResponse(f"/?{default}", 303)
    filters = InboxFilters.read(request.query_params)
    page = await inbox_page(context, visitor, filters, cursor=cursor)
    view = filters.as_query()
    if len(view) <= LONGEST_VIEW:
        set_cookie(request, context, page, VIEW_COOKIE, view, _REMEMBERED_SECONDS)
    return page
