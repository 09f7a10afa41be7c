"""Records how an intervention's way through the loop ended."""

from uuid import UUID

from temporalio import activity

from activities.failures import told_to_temporal
from activities.kit import Kit
from domain.base import Message
from domain.conversation import InterventionStatus
from store import audit, interventions


class CloseInput(Message):
    """The final status; `error_code` names the failure if it failed."""

    workspace: str
    intervention_id: UUID
    status: InterventionStatus
    error_code: str | None = None


class CloseIntervention:
    """Holds the database."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def close_intervention(self, task: CloseInput) -> None:
        """Write the final status.

        Side effect: the intervention's status; writing it twice changes nothing but the audit.
        """
        async with told_to_temporal(), self._kit.database.transaction(task.workspace) as connection:
            await interventions.set_intervention_status(
                connection,
                task.workspace,
                task.intervention_id,
                task.status,
                error_code=task.error_code,
            )
            await audit.record(
                connection,
                task.workspace,
                actor="system",
                action=f"intervention_{task.status}",
                subject=f"intervention/{task.intervention_id}",
                details={"error_code": task.error_code},
            )
