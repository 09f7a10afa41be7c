"""The page of one proposal: what it would do, its proof, and where it comes from."""

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.context import Context, ContextDep
from api.openapi import EmptyIsNone
from api.pages.change_card import DiffView
from api.pages.deciding import Shown, deciding_of
from api.pages.inbox_flow import way_of
from api.pages.live import page_begins
from api.pages.nearby import revision_lines, similar_items, similar_proposals
from api.pages.presence import note_opened
from api.pages.proof import proof_of
from api.pages.sources import number_sources, sentence_notes, sources_of
from api.pages.standing import standing_of
from api.pages.timeline import EVENTS, timeline_of
from api.pages.transcript import quote_notes, show_transcript
from api.pages.visitor import Form, SignedIn, Visitor
from api.problems import ProblemError
from api.services.proposal_view import ProposalDetail, read_proposal
from api.services.surroundings import REVISIONS, SIMILAR, Surroundings, read_surroundings
from domain.identity import Principal, same_person
from store.database import Connection
from store.interventions import StoredIntervention, get_intervention
from store.notices import mark_mentions_read

router = APIRouter(include_in_schema=False)


@router.get("/proposals/{proposal_id}")
async def show_proposal(
    visitor: SignedIn,
    context: ContextDep,
    proposal_id: UUID,
    diff: Annotated[DiffView, EmptyIsNone, Query()] = DiffView.INLINE,
) -> HTMLResponse:
    """Show a proposal with all that a decision needs."""
    return await proposal_page(context, visitor, proposal_id, shown=Shown(view=diff))


async def proposal_page(
    context: Context,
    visitor: Visitor,
    proposal_id: UUID,
    *,
    problem: ProblemError | None = None,
    typed: Form | None = None,
    shown: Shown | None = None,
) -> HTMLResponse:
    """Return the page; with `problem` after a form that had no effect, its text as typed.

    `click` makes what the browser sends twice one decision.
    """
    now = datetime.now(UTC)
    workspace = visitor.principal.workspace
    position = await page_begins(context, workspace)
    detail = await read_proposal(context, workspace, proposal_id, now=now)
    around = await read_surroundings(context, workspace, detail, EVENTS)
    opened = await _opened_by(context, visitor.principal, detail)
    deciding = await deciding_of(
        context,
        visitor,
        detail,
        around.release,
        now=now,
        typed=typed or {},
        shown=shown or Shown(),
    )
    return visitor.page(
        "proposal.html",
        status_code=problem.status if problem else 200,
        section="inbox",
        p=detail,
        standing=standing_of(detail, visitor.principal, now),
        # In a thread, as all that compares texts.
        proof=await asyncio.to_thread(proof_of, detail),
        **opened,
        **await asyncio.to_thread(_beside, detail, around),
        deciding=deciding,
        position=position,
        way=await way_of(context, visitor, proposal_id),
        is_me=partial(same_person, visitor.principal.name),
        problem=problem,
        typed=typed or {},
        click=uuid4().hex,
    )


async def _opened_by(context: Context, reader: Principal, detail: ProposalDetail) -> dict[str, Any]:
    """Note who looks at the proposal; return who else does, and what led to it."""
    workspace = reader.workspace
    async with context.database.transaction(workspace) as connection:
        intervention = await _intervention_of(connection, workspace, detail)
        looking = await note_opened(connection, workspace, reader, detail.id)
        await mark_mentions_read(connection, workspace, reader.name, detail.id)
    conversation = await _conversation_of(detail, intervention)
    return {**conversation, "intervention": intervention, "looking": looking}


async def _conversation_of(
    detail: ProposalDetail, intervention: StoredIntervention | None
) -> dict[str, Any]:
    """Return what led to the proposal, its notes numbered: quotes first, then sentences."""
    own = [e.finding for e in detail.evidence if e.intervention_id == detail.intervention_id]
    quotes = [note for notes in quote_notes(own) for note in notes]
    sources = number_sources(await sources_of(detail, intervention), len(quotes) + 1)
    notes = [*quotes, *sentence_notes(sources)]
    return {
        "finding": own[0] if own else None,
        "quotes": quotes,
        "sources": sources,
        "transcript": await show_transcript(intervention, notes) if intervention else None,
    }


def _beside(detail: ProposalDetail, around: Surroundings) -> dict[str, Any]:
    """Return what stands around the proposal, as the page shows it."""
    return {
        "people": around.people,
        "release": around.release,
        "timeline": timeline_of(detail, around.commands, around.events),
        "revisions": revision_lines(around.revisions, REVISIONS),
        "was_compared": around.was_compared,
        "similar": similar_items(detail.change, around.hits, SIMILAR),
        "alike": similar_proposals(detail.change, around.proposals, SIMILAR),
    }


async def _intervention_of(
    connection: Connection, workspace: str, detail: ProposalDetail
) -> StoredIntervention | None:
    """Return what led to the proposal; None if a person asked for it."""
    if detail.intervention_id is None:
        return None
    return await get_intervention(connection, workspace, detail.intervention_id)
