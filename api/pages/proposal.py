"""The page of one proposal: what it would do, its proof, and where it comes from."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.context import Context, ContextDep
from api.diffs import FieldDiff, ToolDiff, diff_contents, diff_lines, diff_tools
from api.pages.presence import note_opened
from api.pages.proof import proof_of
from api.pages.sources import sources_of
from api.pages.standing import standing_of
from api.pages.transcript import show_transcript
from api.pages.visitor import Form, SignedIn, Visitor
from api.problems import ProblemError
from api.services.proposal_view import ProposalDetail, read_proposal
from domain.identity import ApiRole, has_rank
from domain.knowledge import Operation, ToolConnectionContent
from store import keys, publishing
from store.database import Connection
from store.interventions import StoredIntervention, get_intervention

router = APIRouter(include_in_schema=False)


@router.get("/proposals/{proposal_id}")
async def show_proposal(visitor: SignedIn, context: ContextDep, proposal_id: UUID) -> HTMLResponse:
    """Show a proposal with all that a decision needs."""
    return await proposal_page(context, visitor, proposal_id)


async def proposal_page(
    context: Context,
    visitor: Visitor,
    proposal_id: UUID,
    *,
    problem: ProblemError | None = None,
    typed: Form | None = None,
) -> HTMLResponse:
    """Return the page; with `problem` after a form that had no effect, its text as typed.

    `click` makes what the browser sends twice one decision.
    """
    now = datetime.now(UTC)
    workspace = visitor.principal.workspace
    detail = await read_proposal(context, workspace, proposal_id, now=now)
    async with context.database.transaction(workspace) as connection:
        intervention = await _intervention_of(connection, workspace, detail)
        release = await publishing.find_release_of_proposal(connection, workspace, proposal_id)
        people = await _deciders(connection, workspace)
        looking = await note_opened(connection, workspace, visitor.principal, proposal_id)
    own = [e.finding for e in detail.evidence if e.intervention_id == detail.intervention_id]
    return visitor.page(
        "proposal.html",
        status_code=problem.status if problem else 200,
        section="inbox",
        p=detail,
        standing=standing_of(detail, visitor.principal, now),
        proof=proof_of(detail),
        finding=own[0] if own else None,
        transcript=await show_transcript(intervention, own) if intervention else None,
        sources=await sources_of(detail, intervention),
        intervention=intervention,
        previous_draft=_previous_draft(detail),
        tool_changes=_tool_changes(detail),
        release=release,
        people=people,
        looking=looking,
        problem=problem,
        typed=typed or {},
        click=uuid4().hex,
    )


async def _intervention_of(
    connection: Connection, workspace: str, detail: ProposalDetail
) -> StoredIntervention | None:
    """Return what led to the proposal; None if a person asked for it."""
    if detail.intervention_id is None:
        return None
    return await get_intervention(connection, workspace, detail.intervention_id)


async def _deciders(connection: Connection, workspace: str) -> list[str]:
    found = await keys.list_keys(connection, workspace)
    return sorted(
        {k.principal for k in found if k.revoked_at is None and has_rank(k.role, ApiRole.REVIEWER)}
    )


def _previous_draft(detail: ProposalDetail) -> list[FieldDiff]:
    """Return how the present draft differs from the one before; empty for the first."""
    if len(detail.drafts) < 2:
        return []
    before, after = detail.drafts[-2:]
    fields = diff_contents(before.change.content, after.change.content)
    wordings = diff_lines("wordings", before.change.phrasings, after.change.phrasings)
    return [field for field in [*fields, wordings] if field.changed]


def _tool_changes(detail: ProposalDetail) -> list[ToolDiff]:
    """Return what a revision does to each tool of a connection; empty for other changes."""
    after = detail.change.content
    if detail.change.operation is not Operation.REVISE or detail.base_content is None:
        return []
    if not isinstance(after, ToolConnectionContent):
        return []
    return diff_tools(detail.base_content, after)
