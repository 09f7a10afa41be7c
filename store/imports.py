"""Imports: the entries that wait for their workflow, and what became of each; and exports."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import AwareDatetime

from domain.base import Model
from domain.errors import NotFoundError
from domain.imports import ImportOutcome, KnowledgeEntry, StoredItem
from store.database import Connection, execute, fetch_all, fetch_one
from store.queries import query


class Import(Model):
    """Who brings something in, and when it was done."""

    requested_by: str
    finished_at: AwareDatetime | None


class ImportLine(Model):
    """One entry in its place, from 0. Its text goes when the import ends.

    `release` is the one in which the item got what the entry says, and `revision` the item's
    revision of that release; None if it did not.
    """

    place: int
    entry: KnowledgeEntry | None = None
    outcome: ImportOutcome | None = None
    problem: str = ""
    item_id: UUID | None = None
    release: int | None = None
    revision: int | None = None


class PendingEntry(NamedTuple):
    """An entry that waits to be brought in."""

    import_id: UUID
    entry: KnowledgeEntry


async def stage_import(
    connection: Connection, workspace: str, *, by: str, entries: Sequence[KnowledgeEntry]
) -> UUID:
    """Keep the entries for the workflow that will take them in; return the import's id."""
    row = await fetch_one(connection, query("insert_import"), {"workspace": workspace, "by": by})
    if row is None:
        raise RuntimeError("the new import's id did not come back")
    texts = [entry.model_dump_json() for entry in entries]
    staged = {"workspace": workspace, "import_id": row["id"], "entries": texts}
    await execute(connection, query("insert_import_entries"), staged)
    return row["id"]


async def lock_import(connection: Connection, workspace: str, import_id: UUID) -> Import:
    """Return an import that nobody else can work on meanwhile; raises NotFoundError."""
    row = await fetch_one(
        connection, query("lock_import"), {"workspace": workspace, "import_id": import_id}
    )
    if row is None:
        raise NotFoundError(f"no import {import_id} in this workspace")
    return Import.model_validate(row)


async def list_import(connection: Connection, workspace: str, import_id: UUID) -> list[ImportLine]:
    """Return the entries of an import in the order in which they were sent."""
    rows = await fetch_all(
        connection,
        query("list_import_entries"),
        {"workspace": workspace, "import_id": import_id},
    )
    return [ImportLine.model_validate(row) for row in rows]


async def settle_entry(
    connection: Connection, workspace: str, import_id: UUID, line: ImportLine
) -> None:
    """Record what became of one entry."""
    values: dict[str, Any] = line.model_dump(exclude={"entry", "revision"})
    settled = {**values, "workspace": workspace, "import_id": import_id}
    await execute(connection, query("settle_import_entry"), settled)


async def finish_import(connection: Connection, workspace: str, import_id: UUID) -> None:
    """End an import, done or given up: its texts go, what became of them stays."""
    await execute(
        connection, query("finish_import"), {"workspace": workspace, "import_id": import_id}
    )


async def list_abandoned(
    connection: Connection, *, older_than: timedelta, limit: int = 100
) -> list[tuple[str, UUID]]:
    """Return workspace and id of imports that began so long ago and have not ended."""
    rows = await fetch_all(
        connection, query("list_abandoned_imports"), {"older_than": older_than, "limit": limit}
    )
    return [(row["workspace"], row["id"]) for row in rows]


async def list_pending(connection: Connection, workspace: str) -> list[PendingEntry]:
    """Return the entries of all imports that have not ended."""
    rows = await fetch_all(connection, query("list_pending_entries"), {"workspace": workspace})
    return [
        PendingEntry(row["import_id"], KnowledgeEntry.model_validate(row["entry"])) for row in rows
    ]


async def find_stored_item(
    connection: Connection, workspace: str, item_id: UUID
) -> StoredItem | None:
    """Return the item that an entry names, if it is here."""
    row = await fetch_one(
        connection, query("find_stored_item"), {"workspace": workspace, "item_id": item_id}
    )
    return None if row is None else StoredItem.model_validate(row)


async def list_entries(
    connection: Connection, workspace: str, *, after: UUID | None = None, limit: int = 50
) -> list[KnowledgeEntry]:
    """Return up to `limit` items as entries, oldest first; `after` is the last id of a page."""
    rows = await fetch_all(
        connection,
        query("list_entries"),
        {"workspace": workspace, "after": after, "limit": limit},
    )
    return [KnowledgeEntry.model_validate(row) for row in rows]
