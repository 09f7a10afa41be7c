"""Embeds what a change would add, so that drafts of one gap find each other. Not an activity."""

import asyncio

from activities.kit import Kit
from domain.knowledge import Change, Operation
from domain.merging import text_to_compare
from store import knowledge


async def embed_change(kit: Kit, workspace: str, change: Change) -> list[float]:
    """Return the embedding of what the change would add to its base revision."""
    base = None
    if (
        change.operation is Operation.REVISE
        and change.item_id is not None
        and change.base_revision is not None
    ):
        async with kit.database.transaction() as connection:
            base = await knowledge.find_content(
                connection, workspace, change.item_id, change.base_revision
            )
    text = text_to_compare(change, base)
    vectors = await asyncio.to_thread(kit.embedder.embed, [text])
    return vectors[0].tolist()
