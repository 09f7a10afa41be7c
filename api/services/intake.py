"""Takes interventions in."""

from uuid import UUID, uuid4

from api.context import Context
from api.outbox_entries import enqueue_start
from domain.batches import AnalysisMode
from domain.conversation import InterventionStatus, Submission
from domain.identity import Principal
from domain.proposals import Origin
from store import audit
from store.batch_readings import await_batch
from store.database import Connection
from store.interventions import Receipt, set_intervention_status, take_in


async def submit(
    context: Context,
    caller: Principal,
    submission: Submission,
    mode: AnalysisMode = AnalysisMode.NOW,
) -> Receipt:
    """Keep a submission, once, and start its workflow now or later, or once a batch has read it.

    Posting one again whose workflow has failed starts it again, where it left off. Raises
    InterventionConflictError if it was posted before with another body.
    """
    workspace = caller.workspace
    waits = mode is AnalysisMode.BATCH and context.settings.reads_in_batches()
    async with context.database.transaction(caller.workspace) as connection:
        receipt = await take_in(connection, workspace, submission)
        has_failed = receipt.status is InterventionStatus.FAILED and not receipt.erased
        if receipt.created:
            # Sent together: neither needs the other's answer.
            async with connection.pipeline():
                await _record(connection, caller, "intervention_received", receipt.intervention_id)
                if waits:
                    await await_batch(connection, workspace, receipt.intervention_id)
                else:
                    await enqueue_start(
                        connection, workspace, Origin.intervention(receipt.intervention_id)
                    )
        elif has_failed:
            receipt = await _try_again(connection, caller, receipt)
    if receipt.created and waits:
        await context.delivery.read_in_batches(workspace)
    elif receipt.created or has_failed:
        await context.delivery.start(workspace, Origin.intervention(receipt.intervention_id))
    return receipt


async def _try_again(connection: Connection, caller: Principal, receipt: Receipt) -> Receipt:
    """Let a failed intervention stand as received; return its receipt as it is now."""
    status = InterventionStatus.RECEIVED
    await set_intervention_status(connection, caller.workspace, receipt.intervention_id, status)
    await _record(connection, caller, "intervention_tried_again", receipt.intervention_id)
    await enqueue_start(
        connection,
        caller.workspace,
        Origin.intervention(receipt.intervention_id),
        attempt=f"/{uuid4()}",
    )
    return receipt.model_copy(update={"status": status})


async def _record(
    connection: Connection, caller: Principal, action: str, intervention_id: UUID
) -> None:
    await audit.record(
        connection,
        caller.workspace,
        actor=caller.name,
        action=action,
        subject=f"intervention/{intervention_id}",
    )
