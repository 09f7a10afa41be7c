"""Brings in what a company already knows: an administrator's act, recorded as theirs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.embedding import BULK_PATIENCE_SECONDS, PassageText, embed_passages
from activities.failures import heartbeats, told_to_temporal
from activities.kit import Kit
from domain.base import Message
from domain.imports import (
    ImportOutcome,
    ImportRuling,
    KnowledgeEntry,
    retirement_of,
    rule_on_entry,
)
from domain.knowledge import Change
from store import audit, imports, publishing
from store.database import Connection

Passages = Sequence[publishing.Passage]


class ImportItemsInput(Message):
    """Which import to carry out. Its entries wait in Postgres."""

    workspace: str
    import_id: UUID


class ImportItemsResult(Message):
    """How many entries met each outcome; what became of each one is in the record."""

    outcomes: dict[ImportOutcome, int]


class _Place(NamedTuple):
    """Where an entry that is in the knowledge now is found."""

    item_id: UUID
    release: int


class ImportItems:
    """Holds the database and the embedder."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def import_items(self, task: ImportItemsInput) -> ImportItemsResult:
        """Publish every entry that can be, in one transaction, and record what became of each.

        Side effects: items, revisions, releases, audit rows, and the import's own rows, whose
        texts go. Idempotent: an import that is done is only counted again; an entry without an id
        whose exact content was imported before is found instead of being added twice. Permanent
        failures: `not_found`, and `import_ended` for one that was given up, or ended by an erasure.
        """
        async with told_to_temporal(), heartbeats():
            async with self._kit.database.transaction(task.workspace) as connection:
                lines = await imports.list_import(connection, task.workspace, task.import_id)
                wanted = {
                    line.place: line.entry
                    for line in lines
                    if line.entry is not None
                    and (await _rule(connection, task.workspace, line.entry)).changes
                }
            embedded = await self._embed(wanted)
            async with self._kit.database.transaction(task.workspace) as connection:
                await publishing.lock_releases(connection, task.workspace)
                pending = await imports.lock_import(connection, task.workspace, task.import_id)
                if pending.finished_at is None:
                    for line in lines:
                        await self._settle(connection, task, pending.requested_by, line, embedded)
                    await imports.finish_import(connection, task.workspace, task.import_id)
                done = await imports.list_import(connection, task.workspace, task.import_id)
            if any(line.outcome is None for line in done):
                raise ApplicationError(
                    "the import was ended before", type="import_ended", non_retryable=True
                )
            return ImportItemsResult(
                outcomes=Counter(line.outcome for line in done if line.outcome)
            )

    async def _embed(self, entries: Mapping[int, KnowledgeEntry]) -> dict[int, Passages]:
        """Return what search will find each entry by, embedded before anything is locked."""
        texts = {place: _texts(entry) for place, entry in entries.items()}
        embedded = iter(
            await embed_passages(
                self._kit,
                [text for part in texts.values() for text in part],
                patience_seconds=BULK_PATIENCE_SECONDS,
            )
        )
        return {place: [next(embedded) for _ in part] for place, part in texts.items()}

    async def _settle(
        self,
        connection: Connection,
        task: ImportItemsInput,
        by: str,
        line: imports.ImportLine,
        embedded: Mapping[int, Passages],
    ) -> None:
        """Publish one entry's changes, if it calls for any, and record what became of it."""
        if line.entry is None:
            raise ApplicationError("the entry's text is gone", type="not_found", non_retryable=True)
        ruling = await _rule(connection, task.workspace, line.entry)
        if ruling.changes and line.place not in embedded:
            raise ApplicationError("the item has changed meanwhile", type="item_changed")
        place = await self._publish(
            connection, task.workspace, by, line.entry, ruling, embedded.get(line.place, ())
        )
        item_id = place.item_id if place else line.entry.id
        settled = line.model_copy(
            update={
                "outcome": ruling.outcome,
                "problem": ruling.problem,
                "item_id": item_id,
                "release": place.release if place else None,
            }
        )
        await imports.settle_entry(connection, task.workspace, task.import_id, settled)

    async def _publish(
        self,
        connection: Connection,
        workspace: str,
        by: str,
        entry: KnowledgeEntry,
        ruling: ImportRuling,
        passages: Passages,
    ) -> _Place | None:
        if ruling.outcome is ImportOutcome.UNCHANGED:
            return await _present(connection, workspace, entry)
        place: _Place | None = None
        changes = list(ruling.changes)
        while changes:
            change = changes.pop(0)
            item_id, release = await publishing.publish(
                connection,
                workspace,
                change,
                passages=passages,
                model=self._kit.embedder.name,
                provenance=publishing.Provenance(approved_by=(by,)),
                new_item=publishing.NewItem(entry.id, entry.language),
            )
            if ruling.outcome is ImportOutcome.ADDED and place is None:
                retirement = retirement_of(entry, item_id)
                changes += [retirement] if retirement else []
            place = _Place(item_id, release)
            await _record(connection, workspace, by, change, place)
        return place


def _texts(entry: KnowledgeEntry) -> list[PassageText]:
    said = [PassageText(text, language=entry.language) for text in entry.content.passages()]
    asked = [PassageText(text, "phrasing", language=entry.language) for text in entry.phrasings]
    return [*said, *asked]


async def _rule(connection: Connection, workspace: str, entry: KnowledgeEntry) -> ImportRuling:
    if entry.id is None:
        if await _known(connection, workspace, entry) is not None:
            return ImportRuling(outcome=ImportOutcome.UNCHANGED)
        return rule_on_entry(entry, None)
    return rule_on_entry(entry, await imports.find_stored_item(connection, workspace, entry.id))


async def _present(connection: Connection, workspace: str, entry: KnowledgeEntry) -> _Place | None:
    """Return where what the entry says is known already."""
    if entry.id is None:
        return await _known(connection, workspace, entry)
    stored = await imports.find_stored_item(connection, workspace, entry.id)
    return None if stored is None else _Place(stored.id, stored.release)


async def _known(connection: Connection, workspace: str, entry: KnowledgeEntry) -> _Place | None:
    """Return where exactly this content was imported before, if it was."""
    (addition,) = rule_on_entry(entry, None).changes
    earlier = await publishing.find_import(connection, workspace, addition.content_hash())
    return None if earlier is None else _Place(earlier.item_id, earlier.number)


async def _record(
    connection: Connection, workspace: str, by: str, change: Change, place: _Place
) -> None:
    await audit.record(
        connection,
        workspace,
        actor=by,
        action="item_imported",
        subject=f"item/{place.item_id}",
        details={
            "release": place.release,
            "operation": change.operation.value,
            "content_hash": change.content_hash(),
        },
    )
