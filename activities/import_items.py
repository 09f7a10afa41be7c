"""Brings in what a company already knows: an administrator's act, recorded as theirs."""

import asyncio
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.failures import heartbeats, told_to_temporal
from activities.kit import Kit
from domain.base import Message
from domain.knowledge import Change, Operation
from store import audit, publishing
from store.database import Connection


class ImportItemsInput(Message):
    """Items to add, each as an `add` change, and the administrator who brings them in."""

    workspace: str
    by: str
    changes: tuple[Change, ...]


class ImportedItem(Message):
    """One item as it was stored."""

    item_id: UUID
    release: int


class ImportItemsResult(Message):
    """The items in the order of the input."""

    items: tuple[ImportedItem, ...]


class ImportItems:
    """Holds the database and the embedder."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def import_items(self, task: ImportItemsInput) -> ImportItemsResult:
        """Publish all items, or none, in one transaction.

        Side effects: items, revisions, releases and audit rows. An item whose exact content was
        imported before is found again instead of being added twice. Permanent failure:
        `import_only_adds`.
        """
        async with told_to_temporal(), heartbeats():
            texts = [list(change.content.passages()) for change in task.changes]
            flat = [text for passages in texts for text in passages]
            vectors = iter(await asyncio.to_thread(self._kit.embedder.embed, flat))
            passages = [
                [publishing.Passage(text, next(vectors).tolist()) for text in part]
                for part in texts
            ]
            async with self._kit.database.transaction(task.workspace) as connection:
                await publishing.lock_releases(connection, task.workspace)
                items = [
                    await self._import_one(connection, task, change, part)
                    for change, part in zip(task.changes, passages, strict=True)
                ]
            return ImportItemsResult(items=tuple(items))

    async def _import_one(
        self,
        connection: Connection,
        task: ImportItemsInput,
        change: Change,
        passages: list[publishing.Passage],
    ) -> ImportedItem:
        if change.operation is not Operation.ADD:
            raise ApplicationError(
                "an import only adds items", type="import_only_adds", non_retryable=True
            )
        earlier = await publishing.find_import(connection, task.workspace, change.content_hash())
        if earlier is not None:
            return ImportedItem(item_id=earlier.item_id, release=earlier.number)
        item_id, release = await publishing.publish(
            connection,
            task.workspace,
            change,
            passages=passages,
            model=self._kit.embedder.name,
            provenance=publishing.Provenance(approved_by=(task.by,)),
        )
        await audit.record(
            connection,
            task.workspace,
            actor=task.by,
            action="item_imported",
            subject=f"item/{item_id}",
            details={"release": release, "content_hash": change.content_hash()},
        )
        return ImportedItem(item_id=item_id, release=release)
