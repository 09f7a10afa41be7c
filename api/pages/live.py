"""What the pages' script asks for beside the stream of events; see `api/static/live.js`."""

from fastapi import APIRouter
from pydantic import BaseModel

from api.context import Context, ContextDep
from api.pages.visitor import SignedIn
from store.events import count_in_review, find_last_position

router = APIRouter(prefix="/live", include_in_schema=False)


class Counts(BaseModel):
    """How many proposals wait for a decision."""

    waiting: int


@router.get("/counts")
async def show_counts(visitor: SignedIn, context: ContextDep) -> Counts:
    """Return what stands beside the inbox's name."""
    workspace = visitor.principal.workspace
    async with context.database.transaction(workspace) as connection:
        return Counts(waiting=await count_in_review(connection, workspace))


async def page_begins(context: Context, workspace: str) -> int:
    """Return the event that a page stands behind. Asked before what the page shows is read."""
    async with context.database.transaction(workspace) as connection:
        return await find_last_position(connection, workspace)
