"""What differs between two releases, for the JSON call and the page, bounded in time and size."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, Field

from api.as_of import release_of
from api.context import Context
from api.diffs import ContentDiff, FieldDiff, Patience, ToolDiff, compare
from domain.knowledge import ItemContent, ItemKind
from store.releases import Difference, Effect, list_differences

SECONDS = 3.0
"""How long the texts of one page are compared for in all."""

MOST_CHARACTERS = 2_000_000
"""How much text a page has, about; the item that goes beyond is its last."""


class ChangedItem(BaseModel):
    """One item that agents see differently at two releases, and how."""

    item_id: UUID
    kind: ItemKind
    title: str
    effect: Effect
    release: int = Field(description="The item's last release between the two.")
    from_revision: int | None = Field(description="None where the item did not exist.")
    to_revision: int | None = Field(description="None where the item did not exist.")
    fields: list[FieldDiff] = Field(description="The fields that differ.")
    tools: list[ToolDiff] = Field(description="The tools that differ, of a tool connection.")


class ReleaseDiff(BaseModel):
    """One page of the items that differ between two releases."""

    from_release: int
    to_release: int
    items: list[ChangedItem]
    next_cursor: str | None = Field(description="Send it as `cursor` for the next page.")


class Compared(BaseModel):
    """Some of the items that differ; `more` is the position of the next ones."""

    start: int
    end: int
    items: list[ChangedItem]
    more: int | None


async def compare_releases(
    context: Context,
    workspace: str,
    start: int | datetime,
    end: int | datetime,
    *,
    after: int,
    limit: int,
) -> Compared:
    """Return how the knowledge differs at two releases, from the position `after` on.

    Raises the 422 problem for a release yet to come.
    """
    async with context.database.transaction(workspace) as connection:
        older = await release_of(connection, workspace, start, field="from")
        newer = await release_of(connection, workspace, end, field="to")
        found = await list_differences(
            connection, workspace, older, newer, after=after, limit=limit + 1
        )
    # In a thread, and without a connection: hostile texts may take all the time there is.
    shown = await asyncio.to_thread(_changed, found[:limit])
    more = shown[-1].release if len(shown) < len(found) else None
    return Compared(start=older, end=newer, items=shown, more=more)


def _changed(found: Sequence[Difference]) -> list[ChangedItem]:
    patience = Patience(SECONDS)
    shown: list[ChangedItem] = []
    size = 0
    for difference in found:
        diff = _diff(difference, patience)
        shown.append(_line(difference, diff))
        size += diff.size()
        if size > MOST_CHARACTERS:
            break
    return shown


def _diff(difference: Difference, patience: Patience) -> ContentDiff:
    before = difference.before.content if difference.before else None
    after = difference.after.content if difference.after else None
    return compare(before, after, patience).only_changes()


def _line(difference: Difference, diff: ContentDiff) -> ChangedItem:
    before, after = difference.before, difference.after
    return ChangedItem(
        item_id=difference.item_id,
        kind=difference.kind,
        title=_content(difference).title,
        effect=difference.effect,
        release=difference.release,
        from_revision=before.revision if before else None,
        to_revision=after.revision if after else None,
        fields=diff.fields,
        tools=diff.tools,
    )


def _content(difference: Difference) -> ItemContent:
    state = difference.after or difference.before
    if state is None:
        raise ValueError("an item that differs is there at one of the two releases")
    return state.content
