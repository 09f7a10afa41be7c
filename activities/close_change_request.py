"""Records how a change request ended."""

from uuid import UUID

from temporalio import activity

from activities.failures import told_to_temporal
from activities.kit import Kit
from domain.base import Message
from domain.change_requests import ChangeRequestStatus
from store import audit, change_requests


class CloseRequestInput(Message):
    """The final status; `error_code` names the failure if it failed."""

    workspace: str
    request_id: UUID
    status: ChangeRequestStatus
    error_code: str | None = None


class CloseChangeRequest:
    """Holds the database."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def close_change_request(self, task: CloseRequestInput) -> None:
        """Write the final status, unless there is one.

        Side effect: the request's status; written once, however often it is told. What was made
        just before its workflow was cancelled stays applied.
        """
        async with (
            told_to_temporal(),
            self._kit.database.transaction(task.workspace) as connection,
        ):
            request = await change_requests.lock_request(
                connection, task.workspace, task.request_id
            )
            if request.status.is_final:
                return
            await change_requests.set_request_status(
                connection, task.workspace, request.id, task.status, error_code=task.error_code
            )
            await audit.record(
                connection,
                task.workspace,
                actor="system",
                action=f"change_request_{task.status}",
                subject=f"change_request/{request.id}",
                details={"error_code": task.error_code},
            )
