"""Releases: which one a moment means, what each brought, and what differs between two.

Reading items as they stood at a release is here too; reading them as they are is
`store/knowledge.py`'s.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime

from domain.as_of import Present, check_as_of
from domain.base import Model
from domain.errors import NotFoundError
from domain.knowledge import (
    Item,
    ItemContent,
    ItemKind,
    ItemStatus,
    Operation,
    Release,
    parse_content,
)
from store.database import Connection, Row, fetch_all, fetch_one
from store.knowledge import current_release, list_items
from store.queries import query


class ReleaseLine(Release):
    """A release as a list shows it; `restores` tells that a retired item came back by it."""

    title: str
    restores: bool
    intervention_id: UUID | None
    request_id: UUID | None
    approved_by: tuple[str, ...]


class Effect(StrEnum):
    """What going from one release to another does to an item, as agents see it.

    A `removed` item is only there at the first of the two: the second is from before its time.
    """

    ADDED = "added"
    REVISED = "revised"
    RETIRED = "retired"
    RESTORED = "restored"
    REMOVED = "removed"


class State(Model):
    """An item at one release."""

    revision: int
    release: int
    status: ItemStatus
    content: ItemContent


class Difference(Model):
    """One item that agents see differently at two releases; None where it did not exist.

    `release` is the item's last one between the two.
    """

    item_id: UUID
    kind: ItemKind
    release: int
    effect: Effect
    before: State | None
    after: State | None


async def read_present(connection: Connection, workspace: str) -> Present:
    """Return the newest release and the time by the record's clock."""
    row = await fetch_one(connection, query("present"), {"workspace": workspace})
    return Present.model_validate(row)


async def resolve_as_of(connection: Connection, workspace: str, as_of: int | datetime) -> int:
    """Return the release that a number or a time means; 0 is before the first.

    A time means the newest release that was made at or before it. Raises UnknownReleaseError for
    a release or a time that is yet to come.
    """
    check_as_of(as_of, await read_present(connection, workspace))
    if isinstance(as_of, int):
        return as_of
    row = await fetch_one(
        connection, query("release_at"), {"workspace": workspace, "moment": as_of}
    )
    return int(row["number"]) if row else 0


async def release_time(connection: Connection, workspace: str, number: int) -> AwareDatetime | None:
    """Return when a release was made; None if there is no such release, as for 0."""
    row = await fetch_one(
        connection, query("release_time"), {"workspace": workspace, "number": number}
    )
    return row["created_at"] if row else None


async def list_releases(
    connection: Connection, workspace: str, *, before: int | None = None, limit: int = 50
) -> list[ReleaseLine]:
    """Return up to `limit` releases, newest first; `before` is the last number of a page."""
    rows = await fetch_all(
        connection,
        query("list_releases"),
        {"workspace": workspace, "before": before, "limit": limit},
    )
    return [ReleaseLine.model_validate(row) for row in rows]


async def get_release(connection: Connection, workspace: str, number: int) -> ReleaseLine:
    """Return one release; raises NotFoundError."""
    found = await list_releases(connection, workspace, before=number + 1, limit=1)
    if not found or found[0].number != number:
        raise NotFoundError(f"no release {number} in this workspace")
    return found[0]


async def list_items_at(
    connection: Connection,
    workspace: str,
    release: int,
    *,
    kind: ItemKind | None = None,
    status: ItemStatus | None = None,
    tags: Sequence[str] = (),
    after: UUID | None = None,
    limit: int = 50,
) -> list[Item]:
    """Return up to `limit` items as they stood at a release, by id.

    `tags` keep the items that had one of them; `after` is the last id of a page. Call it in a
    snapshot: the newest release is read as what is there now, through the indexes of that.
    """
    if release == await current_release(connection, workspace):
        return await list_items(
            connection, workspace, kind=kind, status=status, tags=tags, after=after, limit=limit
        )
    rows = await fetch_all(
        connection,
        query("list_items_at"),
        {
            "workspace": workspace,
            "release": release,
            "kind": kind,
            "status": status,
            "tags": list(tags) or None,
            "after": after,
            "limit": limit,
        },
    )
    return [Item.model_validate(row) for row in rows]


async def get_item_at(connection: Connection, workspace: str, item_id: UUID, release: int) -> Item:
    """Return an item as it stood at a release; raises NotFoundError if it was not there yet."""
    row = await fetch_one(
        connection,
        query("get_item_at"),
        {"workspace": workspace, "item_id": item_id, "release": release},
    )
    if row is None:
        raise NotFoundError(f"there was no item {item_id} at release {release}")
    return Item.model_validate(row)


async def list_differences(
    connection: Connection,
    workspace: str,
    start: int,
    end: int,
    *,
    after: int = 0,
    limit: int = 50,
) -> list[Difference]:
    """Return up to `limit` items that agents see differently at release `end` than at `start`.

    Either may be the older one. They come by their last release between the two, oldest first;
    `after` is that of the last one of a page. What was changed and changed back is left out.
    """
    rows = await fetch_all(
        connection,
        query("list_differences"),
        {
            "workspace": workspace,
            "older": min(start, end),
            "newer": max(start, end),
            "after": after,
            "limit": limit,
        },
    )
    return [_difference(row, forward=start <= end) for row in rows]


def _difference(row: Row, *, forward: bool) -> Difference:
    older, newer = _state(row, "older"), _state(row, "newer")
    before, after = (older, newer) if forward else (newer, older)
    return Difference(
        item_id=row["item_id"],
        kind=row["kind"],
        release=row["release"],
        effect=_effect(before, after),
        before=before,
        after=after,
    )


def _state(row: Row, which: Literal["older", "newer"]) -> State | None:
    if row[f"{which}_number"] is None:
        return None
    retired = Operation(row[f"{which}_operation"]) is Operation.RETIRE
    return State(
        revision=row[f"{which}_number"],
        release=row[f"{which}_release"],
        status=ItemStatus.RETIRED if retired else ItemStatus.ACTIVE,
        content=parse_content(ItemKind(row["kind"]), row[f"{which}_content"]),
    )


def _effect(before: State | None, after: State | None) -> Effect:
    seen = before is not None and before.status is ItemStatus.ACTIVE
    if after is None:
        return Effect.REMOVED
    if after.status is ItemStatus.RETIRED:
        return Effect.RETIRED
    if seen:
        return Effect.REVISED
    return Effect.ADDED if before is None else Effect.RESTORED
