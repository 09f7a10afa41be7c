"""Asks an applied proposal's query once more, where that costs tokens and so needs a button."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from api.context import ContextDep
from api.pages.visitor import PostedForm, SignedIn
from api.problems import not_permitted
from api.services.aftermath import ask_again
from api.services.proposal_view import read_proposal
from domain.identity import Permission

router = APIRouter(prefix="/proposals/{proposal_id}", include_in_schema=False)


@router.post("/ask-again")
async def post_ask_again(
    visitor: SignedIn, context: ContextDep, proposal_id: UUID, form: PostedForm
) -> Response:
    """Ask the agent what led to the proposal; the page shows the answer from then on."""
    if not visitor.may(Permission.DECIDE):
        raise not_permitted(visitor.principal.role, Permission.DECIDE)
    workspace = visitor.principal.workspace
    detail = await read_proposal(context, workspace, proposal_id, now=datetime.now(UTC))
    if detail.applied_release is not None:
        await ask_again(context, workspace, detail)
    return RedirectResponse(f"/proposals/{proposal_id}#after", 303)
