"""Asks people whether an article that was quarantined comes back."""

from uuid import UUID, uuid5

from temporalio import activity

from activities.checkup_requests import Wish, ask_for_review
from activities.failures import told_to_temporal
from activities.kit import Kit
from domain.base import Message
from domain.checkups import return_reason
from domain.errors import NotFoundError, NothingToChangeError
from domain.rollback import restore
from store import change_requests, checkups, knowledge
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

        Side effects: the request, its proposal and what Temporal must hear of it; idempotent on
        the quarantine's id. Somebody who has brought it back meanwhile has answered. Permanent
        failure: `not_found`.
        """
        async with (
            told_to_temporal(),
            self._kit.database.transaction(task.workspace) as connection,
        ):
            await checkups.lock_checkups(connection, task.workspace)
            request_id = uuid5(task.request_id, "return")
            if await _is_kept(connection, task.workspace, request_id):
                return
            quarantine = await change_requests.get_request(
                connection, task.workspace, task.request_id
            )
            revisions = await knowledge.list_revisions(connection, task.workspace, task.item_id)
            try:
                change = restore(revisions)
            except NothingToChangeError:
                return
            is_asked = await ask_for_review(
                connection,
                task.workspace,
                request_id,
                task.item_id,
                [Wish(f"Bring back, or leave out: {change.content.title}", change)],
                reason=return_reason(quarantine.reason),
            )
            if is_asked:
                await checkups.set_return_asked(
                    connection,
                    task.workspace,
                    task.item_id,
                    quarantine_id=task.request_id,
                    request_id=request_id,
                )


async def _is_kept(connection: Connection, workspace: str, request_id: UUID) -> bool:
    try:
        await change_requests.get_request(connection, workspace, request_id)
    except NotFoundError:
        return False
    return True
