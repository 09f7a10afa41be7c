"""Starts a checkup for a person, on the record."""

from api.context import Context
from domain.identity import Principal
from store import audit


async def start_checkup(context: Context, caller: Principal) -> str:
    """Start a checkup of the caller's workspace; return its workflow's id.

    Raises the problem (503) of a Temporal server that is away.
    """
    workflow_id = await context.delivery.check_up(caller.workspace)
    async with context.database.transaction(caller.workspace) as connection:
        await audit.record(
            connection,
            caller.workspace,
            actor=caller.name,
            action="checkup_requested",
            subject=f"workspace/{caller.workspace}",
        )
    return workflow_id
