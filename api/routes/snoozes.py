"""`/v1/proposals/{proposal_id}/snooze`: putting a proposal off for oneself."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.auth import Decider
from api.body import strict_body
from api.context import ContextDep
from api.openapi import problems
from api.services.snoozing import snooze_proposal, wake_proposal
from domain.base import Moment

router = APIRouter(prefix="/v1/proposals/{proposal_id}/snooze", tags=["proposals"])


class SnoozeRequest(BaseModel):
    """Until when a proposal stays out of the caller's inbox."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"until": "2026-11-30T09:00:00Z"}]}
    )

    until: Moment = Field(description="Later than now, and within a year.")


@router.post(
    "",
    summary="Put a proposal off for yourself",
    responses=problems(401, 403, 404, 409, 413, 415, 422, 503),
)
async def post_snooze(
    caller: Decider,
    context: ContextDep,
    proposal_id: UUID,
    request: Annotated[SnoozeRequest, Depends(strict_body(SnoozeRequest))],
) -> SnoozeRequest:
    """Keep it out of your inbox until then; nobody else's changes, and the deadline goes on.

    It comes back before that with another draft, another tier, or a comment that mentions you.
    """
    await snooze_proposal(context, caller, proposal_id, request.until)
    return request


@router.delete(
    "",
    status_code=204,
    summary="Bring a proposal back to your inbox",
    responses=problems(401, 403, 404, 422, 503),
)
async def delete_snooze(caller: Decider, context: ContextDep, proposal_id: UUID) -> None:
    """End the snooze, if there is one."""
    await wake_proposal(context, caller, proposal_id)
