"""Carries out what an administrator has forced: all of its changes at once, recorded as theirs."""

from collections.abc import Sequence
from uuid import UUID

from temporalio import activity

from activities.checkup_requests import ask_for_return
from activities.embedding import PassageText, embed_passages
from activities.failures import heartbeats, told_to_temporal
from activities.kit import Kit
from activities.wanted_changes import phrasings_until, wanted_changes
from domain.base import Message
from domain.change_requests import (
    ChangeRequest,
    ChangeRequestKind,
    ChangeRequestMode,
    ChangeRequestStatus,
)
from domain.errors import KnowledgeMovedError, NotApprovedError
from domain.identity import ApiRole
from domain.knowledge import Change, ItemKind, Operation
from store import audit, change_requests, checkups, publishing
from store.database import Connection

Embedded = dict[str, list[publishing.Passage]]
"""What search finds an item by, by the item's content as JSON."""


class ForceInput(Message):
    """Which request to carry out without a review."""

    workspace: str
    request_id: UUID


class ForceResult(Message):
    """How many changes were made."""

    applied: int


class ForceChanges:
    """Holds the database and the embedder."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def force_changes(self, task: ForceInput) -> ForceResult:
        """Publish all changes that the request came to when it was asked for, or none.

        Side effects: revisions, releases, the request's status, and audit rows in the
        administrator's name, in one transaction. Idempotent on the request: one that is applied
        is only counted. Of what the quarantine policy takes out people are asked in the same
        transaction whether it comes back. Permanent failures: `not_found`, `not_approved` (it was
        not forced by an administrator), `nothing_to_change`, `knowledge_moved` (it comes to other
        changes now).
        """
        async with told_to_temporal(), heartbeats():
            async with self._kit.database.transaction(task.workspace) as connection:
                request = await change_requests.get_request(
                    connection, task.workspace, task.request_id
                )
                wanted = await _wanted(connection, task.workspace, request)
            embedded = await self._embed(wanted)
            async with self._kit.database.transaction(task.workspace) as connection:
                return await self._apply(connection, task, embedded)

    async def _embed(self, changes: Sequence[Change]) -> Embedded:
        """Return the passages of every content that agents shall see, before a row is locked."""
        found: Embedded = {}
        for change in changes:
            if change.operation is not Operation.RETIRE:
                texts = [PassageText(text) for text in change.content.passages()]
                found[change.content.model_dump_json()] = await embed_passages(self._kit, texts)
        return found

    async def _apply(
        self, connection: Connection, task: ForceInput, embedded: Embedded
    ) -> ForceResult:
        # Release lock first, as in `apply_proposal`: the same order everywhere, so no deadlock.
        await publishing.lock_releases(connection, task.workspace)
        request = await change_requests.lock_request(connection, task.workspace, task.request_id)
        changes = await _wanted(connection, task.workspace, request)
        for change in changes:
            await self._publish(connection, task.workspace, request, change, embedded)
            if request.kind is ChangeRequestKind.QUARANTINE and change.item_id is not None:
                await ask_for_return(connection, task.workspace, request, change.item_id)
        if changes:
            await change_requests.set_request_status(
                connection, task.workspace, request.id, ChangeRequestStatus.APPLIED
            )
        done = await change_requests.list_releases(connection, task.workspace, request.id)
        return ForceResult(applied=len(done))

    async def _publish(
        self,
        connection: Connection,
        workspace: str,
        request: ChangeRequest,
        change: Change,
        embedded: Embedded,
    ) -> None:
        retires = change.operation is Operation.RETIRE
        item_id, release = await publishing.publish(
            connection,
            workspace,
            change,
            # There before the lock was had: `_wanted` returns the changes of back then, or fails.
            passages=[] if retires else embedded[change.content.model_dump_json()],
            model=self._kit.embedder.name,
            provenance=publishing.Provenance(
                approved_by=(request.requested_by,), request_id=request.id
            ),
            phrasings_until=await phrasings_until(connection, workspace, request, change),
        )
        await audit.record(
            connection,
            workspace,
            actor=request.requested_by,
            action="change_forced",
            subject=f"item/{item_id}",
            # The reason stands with the request, from which an erasure may have to take words.
            details={
                "release": release,
                "request_id": str(request.id),
                "kind": request.kind.value,
                "content_hash": change.content_hash(),
            },
        )


async def _wanted(
    connection: Connection, workspace: str, request: ChangeRequest
) -> Sequence[Change]:
    """Return what is left to do.

    Raises NotApprovedError unless an administrator forced it, or the quarantine policy that one
    switched on; KnowledgeMovedError if the request comes to other changes than those that they saw.
    """
    if request.status is ChangeRequestStatus.APPLIED:
        return []
    if request.status.is_final:
        # Who forced it was told that nothing was changed.
        raise NotApprovedError("the request has ended")
    if request.mode is not ChangeRequestMode.FORCED or request.role is not ApiRole.ADMIN:
        raise NotApprovedError("the request was not forced by an administrator")
    changes = (await wanted_changes(connection, workspace, request)).changes
    if request.kind is ChangeRequestKind.QUARANTINE:
        await _check_policy(connection, workspace, changes)
    asked = await change_requests.asked_content_hashes(connection, workspace, request.id)
    # A hash covers the base revision: what others have changed meanwhile is not overwritten unseen.
    if asked != frozenset(change.content_hash() for change in changes):
        raise KnowledgeMovedError
    return changes


async def _check_policy(connection: Connection, workspace: str, changes: Sequence[Change]) -> None:
    """Raise NotApprovedError unless the policy still holds, and this is what it may do."""
    if await checkups.quarantine_switched_on_by(connection, workspace) is None:
        raise NotApprovedError("the quarantine policy is off")
    if any(change.kind is not ItemKind.ARTICLE for change in changes):
        raise NotApprovedError("only articles are quarantined")
    item_ids = [change.item_id for change in changes if change.item_id]
    if await checkups.items_in_revision(connection, workspace, item_ids):
        raise NotApprovedError("a proposal on the article is open")
