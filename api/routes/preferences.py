"""`/v1/me/notifications`: how the caller wants to be told."""

from typing import Annotated

from fastapi import APIRouter, Depends

from api.auth import ProposalReader
from api.body import strict_body
from api.context import ContextDep
from api.openapi import problems
from api.services.preferences import PreferencesRequest, Told, read_told, save

router = APIRouter(prefix="/v1/me", tags=["people"])


@router.get("/notifications", summary="How you are told", responses=problems(401, 403, 422, 503))
async def get_notifications(caller: ProposalReader, context: ContextDep) -> Told:
    """Return what the caller has chosen, what holds, and what stands in the way."""
    async with context.database.transaction(caller.workspace) as connection:
        return await read_told(context, connection, caller)


@router.put(
    "/notifications",
    summary="Choose how you are told",
    responses=problems(401, 403, 413, 415, 422, 503),
)
async def put_notifications(
    caller: ProposalReader,
    context: ContextDep,
    request: Annotated[PreferencesRequest, Depends(strict_body(PreferencesRequest))],
) -> Told:
    """Keep the preferences, all of them; what is left out is as usual again."""
    await save(context, caller, request)
    async with context.database.transaction(caller.workspace) as connection:
        return await read_told(context, connection, caller)
