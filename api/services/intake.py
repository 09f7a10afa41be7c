"""Takes interventions in."""

from api.context import Context
from api.delivery import enqueue_start
from domain.conversation import Submission
from domain.identity import Principal
from store import audit
from store.interventions import Receipt, take_in


async def submit(context: Context, caller: Principal, submission: Submission) -> Receipt:
    """Keep a submission, once, and start its workflow now or later.

    Raises InterventionConflictError if it was posted before with another body.
    """
    workspace = caller.workspace
    async with context.database.transaction() as connection:
        receipt = await take_in(connection, workspace, submission)
        if receipt.created:
            # Sent together: neither needs the other's answer.
            async with connection.pipeline():
                await audit.record(
                    connection,
                    workspace,
                    actor=caller.name,
                    action="intervention_received",
                    subject=f"intervention/{receipt.intervention_id}",
                )
                await enqueue_start(connection, workspace, receipt.intervention_id)
    if receipt.created:
        await context.delivery.start(workspace, receipt.intervention_id)
    return receipt
