"""`/v1/proposals`: the inbox, one proposal, and what people do with it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from api.auth import Assigner, Caller, Decider, ProposalReader, Reopener
from api.body import strict_body
from api.context import Context, ContextDep
from api.openapi import EmptyIsNone, problems
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from api.services.commands import run_command
from api.services.comments import add_comment
from api.services.decisions import DecisionRequest, decide
from api.services.proposal_view import ProposalDetail, read_proposal
from domain.base import Line, Text
from domain.findings import Gap
from domain.identity import ApiRole, Principal
from domain.inbox import AwaitedApproval, DueBy, InboxFilters, Snoozed
from domain.knowledge import ItemKind
from domain.priority import QueuePosition
from domain.proposals import ProposalStatus
from domain.reviews import CommandKind, DecisionEffect, IgnoredBecause, Review
from store import inbox
from store import reviews as stored_reviews
from store.inbox import Look, ProposalListing
from store.reviews import Comment

router = APIRouter(prefix="/v1/proposals", tags=["proposals"])

POSITION = TypeAdapter(QueuePosition)

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        description="The same key from the same person is the same decision, however often sent.",
    ),
]


class DecisionReceipt(BaseModel):
    """A decision that was kept. The workflow rules on it next."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"decision_id": "0195e2a8-2f2c-7c55-b0a2-0d8b1f0a7f11", "status": "pending"}
            ]
        }
    )

    decision_id: UUID
    status: DecisionEffect
    reason: IgnoredBecause | None = None


class CommandAnswer(BaseModel):
    """What came of a claim, release, assignment or reopening."""

    command_id: UUID
    status: str = Field(description="`done`, or `pending` until the workflow has taken it up.")
    review: Review | None


class Assignment(BaseModel):
    """Who shall review."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"assignee": "dana"}]}
    )

    assignee: Line


class CommentRequest(BaseModel):
    """A remark, which decides nothing."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"body": "Legal agreed to this wording."}]}
    )

    body: Text


@dataclass(frozen=True)
class ListFilters:
    """What a list of proposals is narrowed to. Unlike the page it shows all unless told."""

    status: Annotated[ProposalStatus | None, EmptyIsNone, Query()] = None
    kind: Annotated[ItemKind | None, EmptyIsNone, Query()] = None
    assignee: Annotated[
        Line | None, EmptyIsNone, Query(description="A name, `me`, or `nobody`.")
    ] = None
    gap: Annotated[Gap | None, EmptyIsNone, Query()] = None
    tier: Annotated[
        ApiRole | None, EmptyIsNone, Query(description="The group that the review is with now.")
    ] = None
    tag: Annotated[Line | None, EmptyIsNone, Query()] = None
    q: Annotated[
        Line | None,
        EmptyIsNone,
        Query(description="Words of the title, the content, the rationale or the customers' asks."),
    ] = None
    due: Annotated[
        DueBy | None,
        EmptyIsNone,
        Query(description="Under review and due by then; `today` ends at midnight UTC."),
    ] = None
    awaits: Annotated[
        AwaitedApproval | None,
        EmptyIsNone,
        Query(description="`second`: approved by somebody else, and your approval would count."),
    ] = None
    snoozed: Annotated[
        Snoozed | None, EmptyIsNone, Query(description="What you have put off; shown unless told.")
    ] = None

    def chosen(self) -> InboxFilters:
        """Return them as the inbox knows them."""
        return InboxFilters(
            status=self.status,
            kind=self.kind,
            gap=self.gap,
            tier=self.tier,
            assignee=self.assignee or "",
            tag=self.tag or "",
            due=self.due,
            awaits=self.awaits,
            snoozed=self.snoozed or Snoozed.SHOWN,
            q=self.q or "",
        )


@router.get("", summary="List proposals", responses=problems(401, 403, 422, 503))
async def list_proposals(
    caller: ProposalReader,
    context: ContextDep,
    filters: Annotated[ListFilters, Depends()],
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ProposalListing]:
    """Return proposals, those first that save most human work per minute of review.

    What one saves is its support and the past queries that the replay predicts it would have kept
    from a human; what it costs is the time of everybody whose approval it still needs. Among
    equals what is due first comes first.
    """
    look = Look(caller.workspace, caller.name, filters.chosen(), datetime.now(UTC))
    async with context.database.transaction(caller.workspace) as connection:
        found = await inbox.list_proposals(
            connection, look, after=decode_cursor(POSITION, cursor), limit=limit + 1
        )
    more = None
    if len(found) > limit:
        last = found[limit - 1]
        more = encode_cursor(POSITION, last.position)
    return Page(items=found[:limit], next_cursor=more)


@router.get(
    "/{proposal_id}", summary="Read one proposal", responses=problems(401, 403, 404, 422, 503)
)
async def get_proposal(
    caller: ProposalReader, context: ContextDep, proposal_id: UUID
) -> ProposalDetail:
    """Return a proposal with its change, diff, evidence, verification, review and decisions."""
    return await read_proposal(context, caller.workspace, proposal_id, now=datetime.now(UTC))


@router.post(
    "/{proposal_id}/decisions",
    status_code=202,
    summary="Approve, reject, or ask for changes",
    responses=problems(401, 403, 404, 409, 413, 415, 422, 503),
)
async def post_decision(
    caller: Caller,
    context: ContextDep,
    proposal_id: UUID,
    request: Annotated[DecisionRequest, Depends(strict_body(DecisionRequest))],
    idempotency_key: IdempotencyKey = None,
) -> DecisionReceipt:
    """Keep a decision on the draft with exactly `content_hash`; the workflow acts on it.

    A decision without effect is kept with its reason, too, and answered with a problem.
    """
    decision = await decide(context, caller, proposal_id, request, key=idempotency_key)
    return DecisionReceipt(decision_id=decision.id, status=decision.effect, reason=decision.reason)


_COMMAND_ANSWERS = {
    202: {"model": CommandAnswer, "description": "Kept; the workflow has not taken it up yet."},
    **problems(401, 403, 404, 409, 422, 503),
}


async def _command(
    context: Context,
    caller: Principal,
    proposal_id: UUID,
    kind: CommandKind,
    response: Response,
    assignee: str | None = None,
) -> CommandAnswer:
    record = await run_command(context, caller, proposal_id, kind, assignee=assignee)
    async with context.database.transaction(caller.workspace) as connection:
        review = await stored_reviews.find_review(connection, caller.workspace, proposal_id)
    if record.took_effect is None:
        response.status_code = 202
    status = "pending" if record.took_effect is None else "done"
    return CommandAnswer(command_id=record.id, status=status, review=review)


@router.post("/{proposal_id}/claim", summary="Take the review", responses=_COMMAND_ANSWERS)
async def post_claim(
    caller: Decider, context: ContextDep, proposal_id: UUID, response: Response
) -> CommandAnswer:
    """Become the assignee, so that others know that somebody is at it."""
    return await _command(context, caller, proposal_id, CommandKind.CLAIM, response)


@router.post("/{proposal_id}/release", summary="Give the review back", responses=_COMMAND_ANSWERS)
async def post_release(
    caller: Decider, context: ContextDep, proposal_id: UUID, response: Response
) -> CommandAnswer:
    """Stop being the assignee; a lead may release anybody's."""
    return await _command(context, caller, proposal_id, CommandKind.RELEASE, response)


@router.post(
    "/{proposal_id}/assign", summary="Give the review to a person", responses=_COMMAND_ANSWERS
)
async def post_assign(
    caller: Assigner,
    context: ContextDep,
    proposal_id: UUID,
    request: Annotated[Assignment, Depends(strict_body(Assignment))],
    response: Response,
) -> CommandAnswer:
    """Make somebody the assignee."""
    return await _command(
        context, caller, proposal_id, CommandKind.ASSIGN, response, request.assignee
    )


@router.post("/{proposal_id}/reopen", summary="Reopen a parked review", responses=_COMMAND_ANSWERS)
async def post_reopen(
    caller: Reopener, context: ContextDep, proposal_id: UUID, response: Response
) -> CommandAnswer:
    """Let the review of a parked proposal begin again in its first tier."""
    return await _command(context, caller, proposal_id, CommandKind.REOPEN, response)


@router.post(
    "/{proposal_id}/comments",
    status_code=201,
    summary="Remark on a proposal",
    responses=problems(401, 403, 404, 413, 415, 422, 503),
)
async def post_comment(
    caller: Decider,
    context: ContextDep,
    proposal_id: UUID,
    request: Annotated[CommentRequest, Depends(strict_body(CommentRequest))],
) -> Comment:
    """Keep a remark for the other reviewers."""
    return await add_comment(context, caller, proposal_id, request.body)
