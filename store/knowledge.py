"""Reading the knowledge: items and revisions. `store/publishing.py` writes it."""

from collections.abc import Sequence
from uuid import UUID

from domain.errors import NotFoundError
from domain.knowledge import (
    Item,
    ItemContent,
    ItemKind,
    ItemStatus,
    Revision,
    parse_content,
)
from store.database import Connection, fetch_all, fetch_one
from store.queries import query


async def get_item(connection: Connection, workspace: str, item_id: UUID) -> Item:
    """Return an item at its head, retired or not; raises NotFoundError."""
    row = await fetch_one(
        connection, query("get_item"), {"workspace": workspace, "item_id": item_id}
    )
    if row is None:
        raise NotFoundError(f"no item {item_id} in this workspace")
    return Item.model_validate(row)


async def get_items(connection: Connection, workspace: str, item_ids: Sequence[UUID]) -> list[Item]:
    """Return those of the items that exist, in no particular order."""
    rows = await fetch_all(
        connection, query("get_items"), {"workspace": workspace, "item_ids": list(item_ids)}
    )
    return [Item.model_validate(row) for row in rows]


async def list_items(
    connection: Connection,
    workspace: str,
    *,
    kind: ItemKind | None = None,
    status: ItemStatus | None = ItemStatus.ACTIVE,
    tags: Sequence[str] = (),
    after: UUID | None = None,
    limit: int = 50,
) -> list[Item]:
    """Return up to `limit` items at their heads, by id; `after` is the last id of a page.

    `tags` keep the items that have one of them.
    """
    rows = await fetch_all(
        connection,
        query("list_items"),
        {
            "workspace": workspace,
            "kind": kind,
            "status": status,
            "tags": list(tags) or None,
            "after": after,
            "limit": limit,
        },
    )
    return [Item.model_validate(row) for row in rows]


async def list_tools(connection: Connection, workspace: str) -> list[Item]:
    """Return the active tool connections."""
    rows = await fetch_all(connection, query("list_tools"), {"workspace": workspace})
    return [Item.model_validate(row) for row in rows]


async def list_revisions(connection: Connection, workspace: str, item_id: UUID) -> list[Revision]:
    """Return all revisions of an item, oldest first; raises NotFoundError."""
    rows = await fetch_all(
        connection, query("list_revisions"), {"workspace": workspace, "item_id": item_id}
    )
    if not rows:
        raise NotFoundError(f"no item {item_id} in this workspace")
    return [Revision.model_validate(row) for row in rows]


async def release_of_revision(
    connection: Connection, workspace: str, item_id: UUID, number: int
) -> int:
    """Return the release that a revision of an item became; raises NotFoundError."""
    row = await fetch_one(
        connection,
        query("release_of_revision"),
        {"workspace": workspace, "item_id": item_id, "number": number},
    )
    if row is None:
        raise NotFoundError(f"item {item_id} has no revision {number}")
    return row["release"]


async def find_content(
    connection: Connection, workspace: str, item_id: UUID, number: int
) -> ItemContent | None:
    """Return what one revision of an item says, if there is such a revision."""
    row = await fetch_one(
        connection,
        query("find_content"),
        {"workspace": workspace, "item_id": item_id, "number": number},
    )
    return None if row is None else parse_content(ItemKind(row["kind"]), row["content"])


async def current_release(connection: Connection, workspace: str) -> int:
    """Return the number of the newest release; 0 before the first."""
    row = await fetch_one(connection, query("current_release"), {"workspace": workspace})
    return int(row["number"]) if row else 0
