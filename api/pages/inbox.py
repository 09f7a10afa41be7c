"""The inbox: what waits for a person, narrowed by what its address says."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.context import ContextDep
from api.pages.inbox_page import inbox_page
from api.pages.visitor import SignedIn
from api.paging import Cursor
from domain.inbox import InboxFilters
from store.saved_views import find_default

router = APIRouter(include_in_schema=False)


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
    return await inbox_page(context, visitor, filters, cursor=cursor)
