"""Writing the knowledge: one approved change becomes one revision and one release.

Everything here runs inside the caller's transaction, under the workspace's release lock.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from domain.errors import BaseMovedError
from domain.knowledge import Change, Item, ItemKind, ItemStatus, Operation, Release
from store.database import Connection, as_json, as_vector, execute, fetch_one
from store.knowledge import get_item
from store.queries import query


class Passage(NamedTuple):
    """One text that search finds an item by, with its embedding."""

    body: str
    embedding: Sequence[float]
    source: str = "content"


class Provenance(NamedTuple):
    """Where a revision comes from: an approved proposal, or an administrator's import."""

    approved_by: tuple[str, ...]
    proposal_id: UUID | None = None
    intervention_id: UUID | None = None


async def lock_releases(connection: Connection, workspace: str) -> None:
    """Let nobody else publish in this workspace until the transaction ends."""
    await execute(connection, query("lock_releases"), {"workspace": workspace})


async def find_release_of_approval(
    connection: Connection, workspace: str, *, proposal_id: UUID, content_hash: str
) -> Release | None:
    """Return the release that this approval led to, if it was applied before."""
    row = await fetch_one(
        connection,
        query("find_release_of_approval"),
        {"workspace": workspace, "proposal_id": proposal_id, "content_hash": content_hash},
    )
    return None if row is None else Release.model_validate(row)


async def find_import(connection: Connection, workspace: str, content_hash: str) -> Release | None:
    """Return the release in which exactly this content was imported, if it was."""
    row = await fetch_one(
        connection,
        query("find_import"),
        {"workspace": workspace, "content_hash": content_hash},
    )
    return None if row is None else Release.model_validate(row)


async def find_release_of_proposal(
    connection: Connection, workspace: str, proposal_id: UUID
) -> Release | None:
    """Return the release that a proposal led to, if it was applied."""
    row = await fetch_one(
        connection,
        query("find_release_of_proposal"),
        {"workspace": workspace, "proposal_id": proposal_id},
    )
    return None if row is None else Release.model_validate(row)


async def publish(
    connection: Connection,
    workspace: str,
    change: Change,
    *,
    passages: Sequence[Passage],
    model: str,
    provenance: Provenance,
) -> tuple[UUID, int]:
    """Write the change's revision and release; return the item's id and the release's number.

    `passages` of source `content` replace the item's, phrasings are added to them. Raises
    BaseMovedError if the item's head is not the change's base revision, or it is retired.
    """
    await lock_releases(connection, workspace)
    item_id, number = await _place(connection, workspace, change)
    row = await fetch_one(connection, query("next_release"), {"workspace": workspace})
    release = int(row["number"]) if row else 1
    common = {
        "workspace": workspace,
        "item_id": item_id,
        "kind": change.kind,
        "operation": change.operation,
        "proposal_id": provenance.proposal_id,
        "content_hash": change.content_hash(),
    }
    await execute(
        connection, query("insert_release"), {**common, "number": release, "revision": number}
    )
    revision = {
        "number": number,
        "parent": number - 1 if number > 1 else None,
        "content": as_json(change.content),
        "release": release,
        "intervention_id": provenance.intervention_id,
        "approved_by": list(provenance.approved_by),
    }
    await execute(connection, query("insert_revision"), {**common, **revision})
    await _index(connection, workspace, item_id, change.kind, passages, model)
    return item_id, release


async def _place(connection: Connection, workspace: str, change: Change) -> tuple[UUID, int]:
    """Make or move the item's head; return its id and its new revision's number."""
    if change.operation is Operation.ADD:
        row = await fetch_one(
            connection, query("insert_item"), {"workspace": workspace, "kind": change.kind}
        )
        if row is None:
            raise RuntimeError("the new item's id did not come back")
        return row["id"], 1
    if change.item_id is None or change.base_revision is None:
        raise ValueError("a change of an item names the item and its base revision")
    item: Item = await get_item(connection, workspace, change.item_id)
    if item.revision != change.base_revision or item.status is ItemStatus.RETIRED:
        raise BaseMovedError(
            f"item {item.id} is {item.status} at revision {item.revision}, "
            f"the change is based on {change.base_revision}"
        )
    retired = change.operation is Operation.RETIRE
    await execute(
        connection,
        query("move_head"),
        {
            "workspace": workspace,
            "item_id": item.id,
            "revision": item.revision + 1,
            "status": ItemStatus.RETIRED if retired else ItemStatus.ACTIVE,
        },
    )
    return item.id, item.revision + 1


async def _index(
    connection: Connection,
    workspace: str,
    item_id: UUID,
    kind: ItemKind,
    passages: Sequence[Passage],
    model: str,
) -> None:
    of_item = {"workspace": workspace, "item_id": item_id}
    await execute(connection, query("drop_content_passages"), of_item)
    for passage in passages:
        await execute(
            connection,
            query("insert_passage"),
            {
                **of_item,
                "kind": kind,
                "source": passage.source,
                "body": passage.body,
                "model": model,
                "embedding": as_vector(passage.embedding),
            },
        )
