"""Items as people browse them: by how their answers fared, and in the order that they ask for."""

from collections.abc import Sequence
from enum import StrEnum

from pydantic import AwareDatetime

from domain.base import Model
from domain.knowledge import Item, ItemKind, ItemStatus
from store.database import Connection, fetch_all
from store.queries import query


class AnswerRecord(StrEnum):
    """What became of the answers that rested on an item as it is now."""

    NEVER_USED = "never_used"
    FOLLOWED_BY_INTERVENTIONS = "followed_by_interventions"
    QUARANTINED = "quarantined"


class ItemOrder(StrEnum):
    """In which order items are listed."""

    ADDED = "added"
    CHANGED = "changed"
    TITLE = "title"
    MOST_USED = "most_used"
    MOST_FAILED = "most_failed"


class BrowsedItem(Model):
    """An item, when it was changed last, and its answers: how many, and how many failed.

    An answer failed when a human had to come in after it, or somebody called it wrong.
    """

    item: Item
    changed_at: AwareDatetime
    used: int
    failed: int


async def browse_items(
    connection: Connection,
    workspace: str,
    *,
    kind: ItemKind | None = None,
    status: ItemStatus | None = None,
    tags: Sequence[str] = (),
    record: AnswerRecord | None = None,
    order: ItemOrder = ItemOrder.ADDED,
    offset: int = 0,
    limit: int = 50,
) -> list[BrowsedItem]:
    """Return up to `limit` items as they are now, from the one at `offset` on.

    What is quarantined is retired, whatever `status` says.
    """
    rows = await fetch_all(
        connection,
        query("browse_items"),
        {
            "workspace": workspace,
            "kind": kind,
            "status": None if record is AnswerRecord.QUARANTINED else status,
            "tags": list(tags) or None,
            "record": record,
            "order": order,
            "offset": offset,
            "limit": limit,
        },
    )
    own = ("changed_at", "used", "failed")
    return [
        BrowsedItem(
            item=Item.model_validate({name: row[name] for name in row if name not in own}),
            **{name: row[name] for name in own},
        )
        for row in rows
    ]
