"""`/v1/people`: who reviews here, for assigning, mentioning and telling them."""

from fastapi import APIRouter

from api.auth import Decider
from api.context import ContextDep
from api.openapi import problems
from api.paging import Page
from domain.people import KnownPerson
from store.people import list_people

router = APIRouter(prefix="/v1/people", tags=["workspace"])


@router.get("", summary="List the people who review", responses=problems(401, 403, 422, 503))
async def get_people(caller: Decider, context: ContextDep) -> Page[KnownPerson]:
    """Return the people who may sign in and review, each once, by name: all on one page."""
    async with context.database.reading(caller.workspace) as connection:
        found = await list_people(connection, caller.workspace)
    return Page(items=found, next_cursor=None)
