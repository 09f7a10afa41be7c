"""Asks people whether an article that was quarantined comes back."""

from uuid import UUID

from temporalio import activity

from activities.checkup_requests import ask_for_return, return_id_of
from activities.failures import told_to_temporal
from activities.kit import Kit
from domain.base import Message
from domain.errors import NotFoundError
from store import change_requests, checkups
from store.database import Connection


class ProposeReturnInput(Message):
    """Which quarantine to have reviewed."""

    workspace: str
    request_id: UUID
    item_id: UUID


class ProposeReturn:
    """Holds the database."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def propose_return(self, task: ProposeReturnInput) -> None:
        """Ask in a reviewed request that the article be brought back as it was.

        For checkups that began before `force_changes` asked this itself.

        Side effects: the request, its proposal and what Temporal must hear of it; idempotent on
        the quarantine's id. Somebody who has brought it back meanwhile has answered. Permanent
        failure: `not_found`.
        """
        async with (
            told_to_temporal(),
            self._kit.database.transaction(task.workspace) as connection,
        ):
            await checkups.lock_checkups(connection, task.workspace)
            if await _is_kept(connection, task.workspace, return_id_of(task.request_id)):
                return
            quarantine = await change_requests.get_request(
                connection, task.workspace, task.request_id
            )
            await ask_for_return(connection, task.workspace, quarantine, task.item_id)


async def _is_kept(connection: Connection, workspace: str, request_id: UUID) -> bool:
    try:
        await change_requests.get_request(connection, workspace, request_id)
    except NotFoundError:
        return False
    return True
