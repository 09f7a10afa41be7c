"""Who else looks at a proposal: noted when its page is opened, and by the page's script."""

from collections.abc import Sequence
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from api.context import ContextDep
from api.pages.visitor import PostedForm, SignedIn
from domain.identity import Principal, same_person
from store.database import Connection
from store.presence import end_presence, list_presence, touch_presence
from store.proposals import get_proposal

router = APIRouter(prefix="/proposals/{proposal_id}", include_in_schema=False)

OPENED_SECONDS = 120.0
"""How long an opened page counts when no script says that it still is."""

TOUCHED_SECONDS = 60.0
"""How long a word of the page's script counts; it comes every 20 seconds."""


async def others_looking(
    connection: Connection, workspace: str, person: Principal, proposal_ids: Sequence[UUID]
) -> dict[UUID, list[str]]:
    """Return who else has each proposal's page open, by name; those of nobody are left out."""
    found = await list_presence(connection, workspace, proposal_ids)
    others = {
        proposal_id: [name for name in names if not same_person(name, person.name)]
        for proposal_id, names in found.items()
    }
    return {proposal_id: names for proposal_id, names in others.items() if names}


async def note_opened(
    connection: Connection, workspace: str, person: Principal, proposal_id: UUID
) -> list[str]:
    """Note that a person has opened a proposal's page; return who else looks at it."""
    await touch_presence(connection, workspace, proposal_id, person.name, seconds=OPENED_SECONDS)
    others = await others_looking(connection, workspace, person, [proposal_id])
    return others.get(proposal_id, [])


@router.post("/looking")
async def post_looking(
    visitor: SignedIn, context: ContextDep, proposal_id: UUID, form: PostedForm
) -> Response:
    """Note that the page is still open; answer who else has it open, as a part of the page."""
    person = visitor.principal
    async with context.database.transaction(person.workspace) as connection:
        await get_proposal(connection, person.workspace, proposal_id)
        await touch_presence(
            connection, person.workspace, proposal_id, person.name, seconds=TOUCHED_SECONDS
        )
        others = await others_looking(connection, person.workspace, person, [proposal_id])
    return visitor.page("looking.html", names=others.get(proposal_id, []))


@router.post("/left")
async def post_left(
    visitor: SignedIn, context: ContextDep, proposal_id: UUID, form: PostedForm
) -> Response:
    """Note that the page was closed."""
    person = visitor.principal
    async with context.database.transaction(person.workspace) as connection:
        await get_proposal(connection, person.workspace, proposal_id)
        await end_presence(connection, person.workspace, proposal_id, person.name)
    return Response(status_code=204)
