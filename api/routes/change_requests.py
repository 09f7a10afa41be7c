"""Changes that a person asks for: rollback, retire, restore, and a change of their own."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter

from api.auth import ProposalReader, Proposer
from api.body import strict_body
from api.content_field import read_posted_content
from api.context import ContextDep
from api.links import workflow_url_of
from api.openapi import EmptyIsNone, problems
from api.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from api.problems import invalid_field
from api.services.change_requests import Asked, ask_for, read_asked
from api.services.edits import refuse_placeholders
from domain.base import Text
from domain.change_requests import (
    ChangeRequest,
    ChangeRequestKind,
    ChangeRequestMode,
    ChangeRequestStatus,
    Target,
)
from domain.knowledge import Change, Operation
from domain.outcomes import Span
from domain.proposals import Origin, Proposal, ProposalStatus
from store import change_requests as stored
from store import knowledge, outcomes
from store.outcomes import Served
from workflows.messages import workflow_id_of_origin

router = APIRouter(prefix="/v1", tags=["change requests"])

_MOST_REVISIONS = 2**31 - 1
_POSITION = TypeAdapter(tuple[datetime, UUID])
_SERVED_POSITION = TypeAdapter(tuple[UUID, UUID, Annotated[int, Field(ge=1, le=_MOST_REVISIONS)]])
_PROBLEMS = problems(401, 403, 404, 409, 413, 415, 422, 503)


class Because(BaseModel):
    """Why. Reviewers read it beside each change."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"reason": "The warehouse has moved."}]},
    )

    reason: Text


_FORCE = Field(
    default=False, description="Make the changes at once, without a review: administrators only."
)


class RollbackRequest(Because):
    """Back to which revision of the item, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"to_revision": 3, "reason": "The new answer is wrong on refunds."}]
        }
    )

    to_revision: int = Field(ge=1, le=_MOST_REVISIONS)
    force: bool = _FORCE


class ReleaseRollbackRequest(Because):
    """Back to which release of the whole knowledge, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"to_release": 41, "reason": "Monday's batch was on the wrong contract."}]
        }
    )

    to_release: int = Field(ge=1, le=_MOST_REVISIONS)
    force: bool = _FORCE


class ProposeRequest(Because):
    """A change of one's own, and why."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "change": {
                        "kind": "article",
                        "operation": "add",
                        "content": {
                            "title": "Returns",
                            "question": "How long do I have to return something?",
                            "answer": "30 days from delivery.",
                        },
                    },
                    "reason": "Nothing says it yet.",
                }
            ]
        }
    )

    change: Annotated[Change, BeforeValidator(read_posted_content)]


class RequestedChange(BaseModel):
    """One change of a request, as a proposal."""

    id: UUID
    title: str
    status: ProposalStatus
    operation: Operation
    item_id: UUID | None
    content_hash: str
    applied_release: int | None

    @classmethod
    def of(cls, proposal: Proposal) -> "RequestedChange":
        """Return the line of a proposal."""
        return cls(
            id=proposal.id,
            title=proposal.title,
            status=proposal.status,
            operation=proposal.change.operation,
            item_id=proposal.change.item_id,
            content_hash=proposal.content_hash,
            applied_release=proposal.applied_release,
        )


class ChangeRequestReceipt(BaseModel):
    """A request that was kept; what was forced is done where `releases` are named."""

    request_id: UUID
    workflow_id: str
    status: ChangeRequestStatus
    proposals: list[RequestedChange]
    releases: list[int] = Field(description="The releases that its changes became.")
    served: list[Served] = Field(
        description="The newest answers that rested on what is taken back, at most 20."
    )
    served_count: int = Field(description="How many such answers there are.")


class ChangeRequestDetail(ChangeRequest):
    """A request with its proposals and the releases that they became."""

    proposals: list[RequestedChange]
    releases: list[int]
    workflow_id: str
    workflow_url: str | None = Field(description="Its workflow in Temporal's UI.")


_ANSWERS = {
    200: {"model": ChangeRequestReceipt, "description": "Forced, and done."},
    **_PROBLEMS,
}


def _receipt(workspace: str, asked: Asked, response: Response) -> ChangeRequestReceipt:
    request = asked.request
    if request.mode is ChangeRequestMode.FORCED and request.status is ChangeRequestStatus.APPLIED:
        response.status_code = 200
    return ChangeRequestReceipt(
        request_id=request.id,
        workflow_id=workflow_id_of_origin(workspace, Origin.request(request.id)),
        status=request.status,
        proposals=[RequestedChange.of(proposal) for proposal in asked.proposals],
        releases=[release.number for release in asked.releases],
        served=list(asked.served),
        served_count=asked.served_count,
    )


def _mode(force: bool) -> ChangeRequestMode:
    return ChangeRequestMode.FORCED if force else ChangeRequestMode.REVIEWED


@router.post(
    "/knowledge/rollback",
    status_code=202,
    summary="Bring the whole knowledge back to a release",
    responses=_ANSWERS,
)
async def post_release_rollback(
    caller: Proposer,
    context: ContextDep,
    request: Annotated[ReleaseRollbackRequest, Depends(strict_body(ReleaseRollbackRequest))],
    response: Response,
) -> ChangeRequestReceipt:
    """Propose, for every item that differs from what it was at the release, to bring it back.

    With `force` an administrator makes all changes at once, and is recorded with the reason.
    """
    asked = await ask_for(
        context,
        caller,
        ChangeRequestKind.ROLLBACK_RELEASE,
        Target(to_release=request.to_release),
        reason=request.reason,
        mode=_mode(request.force),
    )
    return _receipt(caller.workspace, asked, response)


@router.post(
    "/knowledge/{item_id}/rollback",
    status_code=202,
    summary="Bring an item back to a revision",
    responses=_ANSWERS,
)
async def post_rollback(
    caller: Proposer,
    context: ContextDep,
    item_id: UUID,
    request: Annotated[RollbackRequest, Depends(strict_body(RollbackRequest))],
    response: Response,
) -> ChangeRequestReceipt:
    """Propose that an item says again what it said at a revision; it gets a new revision.

    With `force` an administrator makes the change at once, and is recorded with the reason.
    """
    asked = await ask_for(
        context,
        caller,
        ChangeRequestKind.ROLLBACK_REVISION,
        Target(item_id=item_id, to_revision=request.to_revision),
        reason=request.reason,
        mode=_mode(request.force),
    )
    return _receipt(caller.workspace, asked, response)


@router.post(
    "/knowledge/{item_id}/retire", status_code=202, summary="Retire an item", responses=_PROBLEMS
)
async def post_retire(
    caller: Proposer,
    context: ContextDep,
    item_id: UUID,
    request: Annotated[Because, Depends(strict_body(Because))],
    response: Response,
) -> ChangeRequestReceipt:
    """Propose that agents see an item no more. Its revisions stay."""
    asked = await ask_for(
        context,
        caller,
        ChangeRequestKind.RETIRE,
        Target(item_id=item_id),
        reason=request.reason,
    )
    return _receipt(caller.workspace, asked, response)


@router.post(
    "/knowledge/{item_id}/restore", status_code=202, summary="Restore an item", responses=_PROBLEMS
)
async def post_restore(
    caller: Proposer,
    context: ContextDep,
    item_id: UUID,
    request: Annotated[Because, Depends(strict_body(Because))],
    response: Response,
) -> ChangeRequestReceipt:
    """Propose that agents see a retired item again, with its last content."""
    asked = await ask_for(
        context,
        caller,
        ChangeRequestKind.RESTORE,
        Target(item_id=item_id),
        reason=request.reason,
    )
    return _receipt(caller.workspace, asked, response)


@router.post("/proposals", status_code=202, summary="Propose a change", responses=_PROBLEMS)
async def post_proposal(
    caller: Proposer,
    context: ContextDep,
    request: Annotated[ProposeRequest, Depends(strict_body(ProposeRequest))],
    response: Response,
) -> ChangeRequestReceipt:
    """Propose a change of one's own, which others review as they do any other."""
    refuse_placeholders(request.change, "change.content")
    if request.change.phrasings:
        raise invalid_field(
            "change.phrasings", "must be left out: wordings come from customers' conversations"
        )
    asked = await ask_for(
        context,
        caller,
        ChangeRequestKind.EDIT,
        Target(content_hash=request.change.content_hash()),
        reason=request.reason,
        change=request.change,
    )
    return _receipt(caller.workspace, asked, response)


@router.get(
    "/change-requests", summary="List change requests", responses=problems(401, 403, 422, 503)
)
async def list_change_requests(
    caller: ProposalReader,
    context: ContextDep,
    status: Annotated[ChangeRequestStatus | None, EmptyIsNone, Query()] = None,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[ChangeRequest]:
    """Return what people have asked for, newest first."""
    async with context.database.transaction(caller.workspace) as connection:
        found = await stored.list_requests(
            connection,
            caller.workspace,
            status=status,
            before=decode_cursor(_POSITION, cursor),
            limit=limit + 1,
        )
    more = None
    if len(found) > limit:
        more = encode_cursor(_POSITION, (found[limit - 1].created_at, found[limit - 1].id))
    return Page(items=found[:limit], next_cursor=more)


@router.get(
    "/change-requests/{request_id}",
    summary="Read one change request",
    responses=problems(401, 403, 404, 422, 503),
)
async def get_change_request(
    caller: ProposalReader, context: ContextDep, request_id: UUID
) -> ChangeRequestDetail:
    """Return who asked for what and why, and where each of its changes stands."""
    asked = await read_asked(context, caller.workspace, request_id)
    origin = Origin.request(request_id)
    return ChangeRequestDetail(
        **dict(asked.request),
        proposals=[RequestedChange.of(proposal) for proposal in asked.proposals],
        releases=[release.number for release in asked.releases],
        workflow_id=workflow_id_of_origin(caller.workspace, origin),
        workflow_url=workflow_url_of(context.settings, caller.workspace, origin),
    )


@router.get(
    "/knowledge/{item_id}/answers",
    summary="List the answers that rested on an item",
    responses=problems(401, 403, 404, 422, 503),
)
async def list_answers(
    caller: ProposalReader,
    context: ContextDep,
    item_id: UUID,
    from_revision: Annotated[int, Query(ge=1, le=_MOST_REVISIONS)] = 1,
    to_revision: Annotated[int, Query(ge=1, le=_MOST_REVISIONS)] = _MOST_REVISIONS,
    cursor: Cursor = None,
    limit: Limit = DEFAULT_LIMIT,
) -> Page[Served]:
    """Return the answers that were served from these revisions, newest first."""
    async with context.database.transaction(caller.workspace) as connection:
        await knowledge.get_item(connection, caller.workspace, item_id)
        found = await outcomes.list_served(
            connection,
            caller.workspace,
            [Span(item_id, from_revision, to_revision)],
            before=decode_cursor(_SERVED_POSITION, cursor),
            limit=limit + 1,
        )
    more = None
    if len(found) > limit:
        last = found[limit - 1]
        more = encode_cursor(_SERVED_POSITION, (last.outcome_id, last.item_id, last.revision))
    return Page(items=found[:limit], next_cursor=more)
