"""Finds how alike what two changes would add is, by meaning. Not an activity."""

import asyncio
from collections.abc import Sequence

from activities.embedding import embed_text
from activities.kit import Kit
from domain.knowledge import Change, ItemContent, ItemKind, Operation
from domain.merging import (
    NEAR_TEXT,
    SAME_TEXT,
    Likeness,
    are_at_odds,
    name_other_numbers,
    sentences_to_compare,
    text_to_compare,
)
from store import knowledge
from store.database import Connection
from store.proposals import Mergeable
from store.vectors import Embedding


async def embed_change(kit: Kit, workspace: str, change: Change) -> Embedding:
    """Return the embedding of what the change would add to its base revision."""
    return await embed_text(kit, await text_of_change(kit, workspace, change))


async def text_of_change(kit: Kit, workspace: str, change: Change) -> str:
    """Return what the change would add to its base revision, as it is embedded."""
    base = None
    if change.base_revision is not None:
        async with kit.database.transaction(workspace) as connection:
            base = await _base_of(connection, workspace, change)
    return text_to_compare(change, base)


async def likeness_of(kit: Kit, workspace: str, change: Change, other: Mergeable) -> Likeness:
    """Return how alike a draft and an open proposal are.

    Sentences are compared only where that can decide; no transaction is open meanwhile.
    """
    if other.similarity < NEAR_TEXT:
        return Likeness(similarity=other.similarity)
    async with kit.database.transaction(workspace) as connection:
        base = await _base_of(connection, workspace, change)
        base_of_other = await _base_of(connection, workspace, other.change)
    mine = sentences_to_compare(change, base)
    theirs = sentences_to_compare(other.change, base_of_other)
    # In articles a denial more may be an aside; answers with other numbers are other answers.
    is_rule = change.kind is ItemKind.POLICY
    differ = are_at_odds if is_rule else name_other_numbers
    if differ(" ".join(mine), " ".join(theirs)):
        return Likeness(similarity=other.similarity, at_odds=True)
    if other.similarity >= SAME_TEXT and not is_rule:
        return Likeness(similarity=other.similarity)
    overlap = await asyncio.to_thread(_overlap, kit, mine, theirs)
    return Likeness(similarity=other.similarity, overlap=overlap)


def _overlap(kit: Kit, mine: Sequence[str], theirs: Sequence[str]) -> float:
    vectors = kit.embedder.embed([*mine, *theirs])
    pairs = vectors[: len(mine)] @ vectors[len(mine) :].T
    nearest = pairs.max(axis=1) if len(mine) <= len(theirs) else pairs.max(axis=0)
    return float(nearest.mean())


async def _base_of(connection: Connection, workspace: str, change: Change) -> ItemContent | None:
    if (
        change.operation is not Operation.REVISE
        or change.item_id is None
        or change.base_revision is None
    ):
        return None
    return await knowledge.find_content(connection, workspace, change.item_id, change.base_revision)
