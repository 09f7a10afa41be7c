"""Customers' wordings on their way into a change, and by whom they were used."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from domain.erasure import ERASED
from domain.knowledge import MAX_PHRASING_CHARACTERS, Change, ItemKind
from domain.merging import merge_key
from domain.proposals import Proposal
from domain.wordings import Wording
from store.database import Connection, as_json, execute, fetch_all
from store.knowledge import find_content
from store.proposals import Mergeable, insert_draft
from store.queries import query


async def merge_key_of(connection: Connection, workspace: str, change: Change) -> str:
    """Return the change's merge key, for which it may take the content that it is based on."""
    if not change.phrasings or change.item_id is None or change.base_revision is None:
        return merge_key(change)
    base = await find_content(connection, workspace, change.item_id, change.base_revision)
    return merge_key(change, base)


async def list_new_wordings(
    connection: Connection, workspace: str, proposal_id: UUID, *, limit: int
) -> list[Wording]:
    """Return how customers asked in the proposal's cases and no draft of it shows.

    If there are more than `limit` they are the newest, oldest first.
    """
    rows = await fetch_all(
        connection,
        query("list_new_wordings"),
        {
            "workspace": workspace,
            "proposal_id": proposal_id,
            "longest": MAX_PHRASING_CHARACTERS,
            "limit": limit,
        },
    )
    return [Wording.model_validate(row) for row in rows]


async def list_left_wordings(
    connection: Connection, workspace: str, item_id: UUID, *, limit: int
) -> list[Wording]:
    """Return how customers asked in cases behind the item that nobody has decided on, so far.

    They came after the draft that was applied. If there are more than `limit` they are the newest,
    oldest first.
    """
    rows = await fetch_all(
        connection,
        query("list_left_wordings"),
        {
            "workspace": workspace,
            "item_id": item_id,
            "longest": MAX_PHRASING_CHARACTERS,
            "limit": limit,
        },
    )
    return [Wording.model_validate(row) for row in rows]


async def list_served_wordings(
    connection: Connection,
    workspace: str,
    item_id: UUID,
    *,
    settles_after: timedelta,
    limit: int,
) -> list[str]:
    """Return how customers asked who got the item as answer and did not object for so long.

    The least certain come first; those that find the item, or were shown in a draft, are left out.
    """
    rows = await fetch_all(
        connection,
        query("list_served_wordings"),
        {
            "workspace": workspace,
            "item_id": item_id,
            "longest": MAX_PHRASING_CHARACTERS,
            "settles_after": settles_after,
            "erased": ERASED,
            "limit": limit,
        },
    )
    return [row["text"] for row in rows]


async def list_phrasings(connection: Connection, workspace: str, item_id: UUID) -> list[str]:
    """Return the wordings that find an item now."""
    rows = await fetch_all(
        connection,
        query("list_phrasings_of_item"),
        {"workspace": workspace, "item_id": item_id},
    )
    return [row["body"] for row in rows]


async def find_askers(
    connection: Connection, workspace: str, proposal: Proposal, texts: Sequence[str]
) -> dict[str, UUID | None]:
    """Return for each text that a customer used in which intervention that was first.

    Cases behind the proposal count, and those behind what was applied to its item before; for what
    takes another item's place, what finds that one. None for what no human had to answer, since an
    item did.
    """
    rows = await fetch_all(
        connection,
        query("list_askers"),
        {
            "workspace": workspace,
            "proposal_id": proposal.id,
            "item_id": proposal.change.item_id,
            "texts": list(texts),
        },
    )
    asked: dict[str, UUID | None] = {}
    for row in rows:
        asked.setdefault(row["text"], row["intervention_id"])
    return asked


async def find_open_with_key(
    connection: Connection, workspace: str, kind: ItemKind, key: str
) -> Mergeable | None:
    """Return the oldest open proposal with a merge key, if there is one."""
    rows = await fetch_all(
        connection,
        query("list_open_with_key"),
        {"workspace": workspace, "kind": kind, "merge_key": key},
    )
    return Mergeable.model_validate(rows[0]) if rows else None


async def replace_wordings(
    connection: Connection,
    workspace: str,
    proposal: Proposal,
    *,
    change: Change,
    title: str,
    drafted_by: str,
) -> None:
    """Give a locked proposal a next draft that differs in its wordings alone."""
    await execute(
        connection,
        query("replace_wordings"),
        {
            "workspace": workspace,
            "id": proposal.id,
            "change": as_json(change),
            "content_hash": change.content_hash(),
            "draft": proposal.draft + 1,
            "title": title,
        },
    )
    await insert_draft(connection, workspace, proposal.id, proposal.draft + 1, change, drafted_by)
