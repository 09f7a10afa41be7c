"""Pages to read: what came in, and what became of it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import TypeAdapter
from starlette.responses import Response

from api.context import ContextDep
from api.links import workflow_url
from api.openapi import EmptyIsNone
from api.pages.transcript import quote_notes, show_transcript
from api.pages.visitor import SignedIn
from api.pages.words import is_waiting_for_tokens
from api.paging import DEFAULT_LIMIT, Cursor, decode_cursor, encode_cursor
from domain.conversation import InterventionStatus
from store import interventions as stored
from store.proposals import list_proposals_of_intervention
from store.suppressions import list_held_back_interventions, list_suppressions_of

router = APIRouter(include_in_schema=False)

_CURSOR = TypeAdapter(UUID)


@router.get("/interventions")
async def show_interventions(
    visitor: SignedIn,
    context: ContextDep,
    status: Annotated[InterventionStatus | None, EmptyIsNone, Query()] = None,
    cursor: Cursor = None,
) -> Response:
    """Show what came in, newest first."""
    workspace = visitor.principal.workspace
    async with context.database.transaction(workspace) as connection:
        found = await stored.list_interventions(
            connection,
            workspace,
            status=status,
            before=decode_cursor(_CURSOR, cursor),
            limit=DEFAULT_LIMIT + 1,
        )
        counts = await stored.count_interventions(connection, workspace)
        ids = [intervention.id for intervention in found]
        held_back = await list_held_back_interventions(connection, workspace, ids)
        asks = await stored.list_asks(connection, workspace, ids)
    more = None
    if len(found) > DEFAULT_LIMIT:
        more = encode_cursor(_CURSOR, found[DEFAULT_LIMIT - 1].id)
    return visitor.page(
        "interventions.html",
        section="interventions",
        interventions=found[:DEFAULT_LIMIT],
        status=status,
        counts=counts,
        held_back=held_back,
        asks=asks,
        statuses=[name for name in InterventionStatus if counts.get(name)],
        more=more,
    )


@router.get("/interventions/{intervention_id}")
async def show_intervention(
    visitor: SignedIn, context: ContextDep, intervention_id: UUID
) -> Response:
    """Show one intervention: its conversation, its findings, its proposals."""
    workspace = visitor.principal.workspace
    async with context.database.transaction(workspace) as connection:
        found = await stored.get_intervention(connection, workspace, intervention_id)
        analysis = await stored.find_analysis(connection, workspace, intervention_id)
        proposals = await list_proposals_of_intervention(connection, workspace, intervention_id)
        held_back = await list_suppressions_of(connection, workspace, intervention_id)
    notes = quote_notes(analysis.findings if analysis else ())
    return visitor.page(
        "intervention.html",
        section="interventions",
        intervention=found,
        waits_for_tokens=is_waiting_for_tokens(found),
        analysis=analysis,
        proposals=proposals,
        held_back=held_back,
        quotes=notes,
        transcript=await show_transcript(found, [note for of_one in notes for note in of_one]),
        workflow_url=workflow_url(context.settings, workspace, intervention_id),
    )
