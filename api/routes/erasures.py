"""`/v1/erasures`: a customer's text leaves the record, on an administrator's request."""

from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from api.auth import Administrator
from api.body import strict_body
from api.context import ContextDep
from api.openapi import problems
from api.outbox_entries import enqueue_erasure
from domain.base import Line, OptionalText
from domain.erasure_requests import Erasure, ErasureStatus, NewErasure
from store import audit
from store import erasures as stored
from workflows.erasure_client import erasure_workflow_id

router = APIRouter(prefix="/v1/erasures", tags=["erasures"])

_EXAMPLE: dict[str, Any] = {"customer_ref": "c-7719", "reason": "The customer asked for it."}


class ErasureRequest(BaseModel):
    """Whose text is to go, and why."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"examples": [_EXAMPLE]}
    )

    customer_ref: Line = Field(description="As the interventions name the customer, to the letter.")
    reason: OptionalText = ""


class AcceptedErasure(BaseModel):
    """An erasure that was taken in; read it again to see how far it is."""

    erasure_id: UUID
    workflow_id: str
    status: ErasureStatus


@router.post(
    "",
    status_code=202,
    summary="Erase a customer's text",
    responses=problems(401, 403, 413, 415, 422, 503),
)
async def post_erasure(
    caller: Administrator,
    context: ContextDep,
    request: Annotated[ErasureRequest, Depends(strict_body(ErasureRequest))],
) -> AcceptedErasure:
    """Erase what a customer has said until now, in every row and every old revision.

    Of their interventions stays who spoke when, and which proposals came of it. What comes in of
    them later is taken in as ever. There is no way back.
    """
    new = NewErasure(
        id=uuid4(),
        customer_ref=request.customer_ref,
        requested_by=caller.name,
        reason=request.reason,
    )
    async with context.database.transaction(caller.workspace) as connection:
        erasure = await stored.insert_erasure(connection, caller.workspace, new)
        await audit.record(
            connection,
            caller.workspace,
            actor=caller.name,
            action="erasure_requested",
            subject=f"erasure/{erasure.id}",
            details={"customer_hash": erasure.customer_hash},
        )
        await enqueue_erasure(connection, caller.workspace, erasure.id)
    await context.delivery.erase(caller.workspace, erasure.id)
    return AcceptedErasure(
        erasure_id=erasure.id,
        workflow_id=erasure_workflow_id(caller.workspace, erasure.id),
        status=erasure.status,
    )


@router.get(
    "/{erasure_id}",
    summary="Read one erasure",
    responses=problems(401, 403, 404, 422, 503),
)
async def get_erasure(caller: Administrator, context: ContextDep, erasure_id: UUID) -> Erasure:
    """Return how far an erasure is, and from how many rows of each kind text was taken.

    Once it is done it does not name the customer any more.
    """
    async with context.database.transaction(caller.workspace) as connection:
        return await stored.get_erasure(connection, caller.workspace, erasure_id)
