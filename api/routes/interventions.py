"""`/v1/interventions`: posting what a human resolved, and seeing what was learned from it."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.auth import InterventionReader, Submitter
from api.body import strict_body
from api.context import ContextDep
from api.links import workflow_url
from api.openapi import EmptyIsNone, problems
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from api.services.intake import submit
from domain.batches import AnalysisMode
from domain.conversation import InterventionStatus, Submission
from domain.findings import Gap
from domain.identity import Permission
from domain.knowledge import ItemKind, Operation
from domain.proposals import Proposal, ProposalStatus
from store import interventions as stored
from store.interventions import InterventionSummary, StoredAnalysis
from store.proposals import list_proposals_of_intervention
from workflows.messages import workflow_id_of

router = APIRouter(prefix="/v1/interventions", tags=["interventions"])

_CURSOR = TypeAdapter(UUID)

_EXAMPLE: dict[str, Any] = {
    "source": "zendesk",
    "external_id": "48213",
    "occurred_at": "2026-03-31T09:12:00Z",
    "channel": "email",
    "language": "en",
    "customer_ref": "c-7719",
    "conversation": [
        {"role": "customer", "text": "Which card does my deposit go back to? The old one expired."},
        {"role": "agent", "text": "I am not sure. A colleague will take over."},
        {"role": "human", "text": "To the same card, even if it has expired.", "author": "dana"},
    ],
    "agent": {"name": "helper", "handoff_reason": "not sure", "tools_available": ["get_order"]},
    "resolution": {
        "by": "dana",
        "reply": "To the same card, even if it has expired.",
        "information_used": ["Finance handbook: deposits"],
        "actions": [{"system": "billing", "name": "refund_deposit", "arguments": {"order": "R-1"}}],
    },
}


class Accepted(BaseModel):
    """An intervention that was taken in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "intervention_id": "0195e2a8-2f2c-7c55-b0a2-0d8b1f0a7f11",
                    "workflow_id": "intervention/default/0195e2a8-2f2c-7c55-b0a2-0d8b1f0a7f11",
                    "status": "received",
                }
            ]
        }
    )

    intervention_id: UUID
    workflow_id: str
    status: InterventionStatus


class ProposalLine(BaseModel):
    """A proposal as an intervention lists it."""

    id: UUID
    title: str
    status: ProposalStatus
    gap: Gap | None
    kind: ItemKind
    operation: Operation
    support: int
    content_hash: str
    applied_release: int | None

    @classmethod
    def of(cls, proposal: Proposal) -> "ProposalLine":
        """Return the line of a proposal."""
        return cls(
            id=proposal.id,
            title=proposal.title,
            status=proposal.status,
            gap=proposal.gap,
            kind=proposal.change.kind,
            operation=proposal.change.operation,
            support=proposal.support,
            content_hash=proposal.content_hash,
            applied_release=proposal.applied_release,
        )


class InterventionDetail(InterventionSummary):
    """An intervention with its analysis and the proposals that it led to or supports."""

    workflow_id: str
    workflow_url: str | None
    analysis: StoredAnalysis | None = Field(description="None until it was analysed.")
    proposals: list[ProposalLine]
    submission: Submission | None = Field(
        description="What was posted; only for roles that read proposals."
    )


@router.post(
    "",
    status_code=202,
    summary="Start the loop with an intervention",
    responses={
        200: {"model": Accepted, "description": "Posted before with the same body."},
        **problems(401, 403, 409, 413, 415, 422, 503),
    },
)
async def post_intervention(
    caller: Submitter,
    context: ContextDep,
    submission: Annotated[Submission, Depends(strict_body(Submission, example=_EXAMPLE))],
    response: Response,
    analysis: Annotated[
        AnalysisMode,
        Query(
            description="`batch` reads it together with others, within a day and at half the "
            "price: for imports of old tickets. Without a language model it is read now."
        ),
    ] = AnalysisMode.NOW,
) -> Accepted:
    """Keep a conversation in which a human took over, and start its analysis.

    `source` and `external_id` name it: posting the same body again changes nothing and answers
    200 with the same ids; another body is a conflict. It is kept even while Temporal is down.
    """
    receipt = await submit(context, caller, submission, analysis)
    if not receipt.created:
        response.status_code = 200
    return Accepted(
        intervention_id=receipt.intervention_id,
        workflow_id=workflow_id_of(caller.workspace, receipt.intervention_id),
        status=receipt.status,
    )


@router.get("", summary="List interventions", responses=problems(401, 403, 422, 503))
async def list_interventions(
    caller: InterventionReader,
    context: ContextDep,
    status: Annotated[InterventionStatus | None, EmptyIsNone, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[InterventionSummary]:
    """Return interventions, newest first."""
    async with context.database.transaction(caller.workspace) as connection:
        found = await stored.list_interventions(
            connection,
            caller.workspace,
            status=status,
            before=decode_cursor(_CURSOR, cursor),
            limit=limit + 1,
        )
    more = encode_cursor(_CURSOR, found[limit - 1].id) if len(found) > limit else None
    return Page(items=found[:limit], next_cursor=more)


@router.get(
    "/{intervention_id}",
    summary="Read one intervention",
    responses=problems(401, 403, 404, 422, 503),
)
async def get_intervention(
    caller: InterventionReader, context: ContextDep, intervention_id: UUID
) -> InterventionDetail:
    """Return an intervention's status, its analysis, and its proposals."""
    workspace = caller.workspace
    async with context.database.transaction(caller.workspace) as connection:
        found = await stored.get_intervention(connection, workspace, intervention_id)
        analysis = await stored.find_analysis(connection, workspace, intervention_id)
        proposals = await list_proposals_of_intervention(connection, workspace, intervention_id)
    shows_all = caller.may(Permission.READ_PROPOSALS)
    fields: dict[str, Any] = {**dict(found), "submission": found.submission if shows_all else None}
    return InterventionDetail(
        **fields,
        workflow_id=workflow_id_of(workspace, intervention_id),
        workflow_url=workflow_url(context.settings, workspace, intervention_id),
        analysis=analysis,
        proposals=[ProposalLine.of(proposal) for proposal in proposals],
    )
