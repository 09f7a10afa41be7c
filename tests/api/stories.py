"""Small histories of an item, for tests of what people see of the past."""

from uuid import UUID

from domain.knowledge import Change, Operation
from tests.api.rows import Rows, adding, revising


def retiring(item_id: UUID, text: str, base: int) -> Change:
    """Return the retirement of an article that says `text`."""
    change = revising(item_id, text, base=base)
    return change.model_copy(update={"operation": Operation.RETIRE})


async def a_story(rows: Rows) -> UUID:
    """Let an item be added (release 1), changed (2), retired (3) and restored (4)."""
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    await rows.item(revising(item_id, "Refunds take 7 days."))
    await rows.item(retiring(item_id, "Refunds take 7 days.", 2))
    await rows.item(revising(item_id, "Refunds take 7 days.", base=3))
    return item_id
