"""Writing the knowledge: one approved change becomes one revision and one release.

Everything here runs inside the caller's transaction, under the workspace's release lock.
"""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple
from uuid import UUID

from domain.errors import BaseMovedError
from domain.knowledge import (
    ArticleContent,
    Change,
    Item,
    ItemStatus,
    Operation,
    Release,
)
from domain.languages import text_configuration
from store.database import Connection, as_json, as_vector, execute, fetch_one
from store.knowledge import get_item, release_of_revision
from store.queries import query
from store.vectors import Embedding


class Passage(NamedTuple):
    """One text that search finds an item by, with its embedding."""

    body: str
    embedding: Sequence[float]
    source: Literal["content", "phrasing"] = "content"
    intervention_id: UUID | None = None
    language: str | None = None
    """Of the text, as ISO 639-1; None stands for the workspace's."""
    further: Sequence[Embedding] = ()
    """Its vectors by other models than the one that serves."""


class NewItem(NamedTuple):
    """What an item that is added brings along from outside, if anything."""

    id: UUID | None = None
    language: str | None = None
    """As ISO 639-1, if it is not the workspace's."""


class Provenance(NamedTuple):
    """Where a revision comes from: an approved proposal, or what an administrator did alone."""

    approved_by: tuple[str, ...]
    proposal_id: UUID | None = None
    intervention_id: UUID | None = None
    request_id: UUID | None = None


class _Place(NamedTuple):
    """Which item changes in which release, and which earlier one it goes back to, if it does."""

    workspace: str
    item_id: UUID
    release: int
    phrasings_until: int | None


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
    new_item: NewItem | None = None,
    phrasings_until: int | None = None,
) -> tuple[UUID, int]:
    """Write the change's revision and release; return the item's id and the release's number.

    `passages` of source `content` are all that the item says now: what it said before and no
    longer says is closed. Phrasings are added. `phrasings_until` is the release that a `revise`
    goes back to, if it does: of the phrasings of before, the item keeps, or has again, those that
    it had then, and the others are closed, for they came with what is taken back. Raises
    BaseMovedError if the item's head is not the change's base revision, or a retired item would be
    retired again. A `revise` of a retired head brings the item back.
    """
    await lock_releases(connection, workspace)
    item_id, number, retired_in = await _place(connection, workspace, change, new_item or NewItem())
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
        "request_id": provenance.request_id,
        "approved_by": list(provenance.approved_by),
    }
    await execute(connection, query("insert_revision"), {**common, **revision})
    place = _Place(workspace, item_id, release, phrasings_until)
    if change.operation is Operation.REVISE:
        await execute(
            connection, query("revive_phrasings"), {**place._asdict(), "retired_in": retired_in}
        )
    await _index(connection, place, change, passages, model)
    return item_id, release


async def _place(
    connection: Connection, workspace: str, change: Change, new_item: NewItem
) -> tuple[UUID, int, int | None]:
    """Make or move the item's head.

    Return its id, its new revision's number, and the release in which it was retired if it was.
    """
    if change.operation is Operation.ADD:
        added = {"workspace": workspace, "kind": change.kind, **new_item._asdict()}
        row = await fetch_one(connection, query("insert_item"), added)
        if row is None:
            raise RuntimeError("the new item's id did not come back")
        return row["id"], 1, None
    if change.item_id is None or change.base_revision is None:
        raise ValueError("a change of an item names the item and its base revision")
    item: Item = await get_item(connection, workspace, change.item_id)
    was_retired = item.status is ItemStatus.RETIRED
    retires = change.operation is Operation.RETIRE
    if item.revision != change.base_revision or (was_retired and retires):
        raise BaseMovedError(
            f"item {item.id} is {item.status} at revision {item.revision}, "
            f"the change is based on {change.base_revision}"
        )
    of_item = {"workspace": workspace, "item_id": item.id}
    status = ItemStatus.RETIRED if retires else ItemStatus.ACTIVE
    moved = {**of_item, "revision": item.revision + 1, "status": status}
    await execute(connection, query("move_head"), moved)
    if not was_retired:
        return item.id, item.revision + 1, None
    retired_in = await release_of_revision(connection, workspace, item.id, item.revision)
    return item.id, item.revision + 1, retired_in


async def _index(
    connection: Connection,
    place: _Place,
    change: Change,
    passages: Sequence[Passage],
    model: str,
) -> None:
    """Let search find the item by `passages` from the release on."""
    of_item = {"workspace": place.workspace, "item_id": place.item_id}
    content = [passage.body for passage in passages if passage.source == "content"]
    retired = change.operation is Operation.RETIRE
    closing = {**place._asdict(), "bodies": content, "retired": retired}
    await execute(connection, query("close_passages"), closing)
    if retired:
        return
    tags = list(change.content.tags) if isinstance(change.content, ArticleContent) else []
    await execute(connection, query("set_tags"), {**of_item, "tags": tags})
    language = await fetch_one(connection, query("language_of_item"), of_item)
    default = language["language"] if language else None
    await execute(
        connection,
        query("insert_passages"),
        {
            **of_item,
            "kind": change.kind,
            "tags": tags,
            "release": place.release,
            "bodies": [passage.body for passage in passages],
            "sources": [passage.source for passage in passages],
            "interventions": [passage.intervention_id for passage in passages],
            "languages": [text_configuration(p.language or default) for p in passages],
            **_vectors(passages, model),
        },
    )


def _vectors(passages: Sequence[Passage], model: str) -> dict[str, list[Any]]:
    """Return every vector with its model and the place of its passage, from 1."""
    vectors = [
        (place, embedding)
        for place, passage in enumerate(passages, 1)
        for embedding in (Embedding(model, passage.embedding), *passage.further)
    ]
    return {
        "places": [place for place, _ in vectors],
        "models": [embedding.model for _, embedding in vectors],
        "vectors": [as_vector(embedding.values) for _, embedding in vectors],
    }
