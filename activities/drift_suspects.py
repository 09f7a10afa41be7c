"""Finds the items that drift: by what became of their answers, and by what others say.

Not an activity.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from activities.kit import Kit
from analysis.text import sentences
from domain.checkups import DriftCause, Suspect, suspect_alone
from domain.contradiction import find_clash
from domain.item_health import ItemHealth, health_of
from domain.knowledge import ArticleContent, Item, ItemKind, PolicyContent
from domain.merging import are_at_odds
from store import checkups, knowledge
from store.checkups import ItemRecord, Near

USES_OF_KIND = 20
"""How often items of a kind must have been used before one that was not is questioned.

Where nobody reports outcomes, or tools are called without being named, silence says nothing.
"""

ASKED_ALIKE = 0.8
"""Cosine of what two items are asked from which they answer the same question."""

ASKED_THE_SAME = 0.95
"""Cosine of what they are asked from which other numbers in the answers are a contradiction."""

SAID_ALIKE = 0.9
"""Cosine of what they say, from which they say the same unless they are at odds."""

_COMPARED = 2_000
_AT_ONCE = 100
_PAIRS = 500
_CHARACTERS = 2_000
_SENTENCES = 12
_WITH_TEXT = frozenset({ItemKind.ARTICLE, ItemKind.POLICY})


class Examined(NamedTuple):
    """How many items were looked at, and those that drift; an item may come for several causes."""

    items: int
    suspects: Sequence[Suspect]


class _Known(NamedTuple):
    item: ItemRecord
    health: ItemHealth


class _Texts(NamedTuple):
    """What an item is asked, and what it says."""

    asked: str
    said: str


async def find_suspects(
    kit: Kit, workspace: str, *, now: datetime, unused_after: timedelta
) -> Examined:
    """Return the items that drift as the knowledge and the outcomes are now.

    Only the 2,000 items that were changed last are compared with all others: what contradicts or
    repeats another comes with a change. Raises an `EmbeddingError`.
    """
    async with kit.database.transaction(workspace) as connection:
        records = await checkups.list_track_records(connection, workspace, now=now)
        uses = await checkups.count_uses_by_kind(connection, workspace, now - unused_after)
    known = {
        record.item_id: _Known(record, health_of(record.record, now=now, unused_after=unused_after))
        for record in records
    }
    suspects = _alone(known.values(), uses, now)
    newest = [record.item_id for record in records if record.kind in _WITH_TEXT][:_COMPARED]
    pairs = await _near(kit, workspace, newest)
    return Examined(len(known), [*suspects, *await _by_others(kit, workspace, known, pairs)])


def _alone(known: Iterable[_Known], uses: Mapping[ItemKind, int], now: datetime) -> list[Suspect]:
    """Return those that their own record makes suspects."""
    found = (
        suspect_alone(item.item_id, item.kind, item.revision, health, now) for item, health in known
    )
    return [
        suspect
        for suspect in found
        if suspect is not None
        and (suspect.cause is not DriftCause.UNUSED or uses.get(suspect.kind, 0) >= USES_OF_KIND)
    ]


async def _near(kit: Kit, workspace: str, item_ids: Sequence[UUID]) -> list[Near]:
    """Return each pair of items that are near in meaning once, the nearest ones if many."""
    pairs: dict[frozenset[UUID], Near] = {}
    for start in range(0, len(item_ids), _AT_ONCE):
        async with kit.database.transaction(workspace) as connection:
            for near in await checkups.list_near(
                connection,
                workspace,
                item_ids[start : start + _AT_ONCE],
                model=kit.embedder.name,
                dimension=kit.embedder.dimension,
                at_least=ASKED_ALIKE,
            ):
                pairs.setdefault(frozenset((near.item_id, near.other_id)), near)
    return sorted(pairs.values(), key=lambda near: (-near.similarity, str(near.item_id)))[:_PAIRS]


async def _by_others(
    kit: Kit, workspace: str, known: Mapping[UUID, _Known], pairs: Sequence[Near]
) -> list[Suspect]:
    """Return those that a newer item contradicts, and those that another says as well."""
    pairs = [pair for pair in pairs if pair.item_id in known and pair.other_id in known]
    item_ids = list({item_id for pair in pairs for item_id in (pair.item_id, pair.other_id)})
    if not item_ids:
        return []
    async with kit.database.transaction(workspace) as connection:
        items = await knowledge.get_items(connection, workspace, item_ids)
    texts = {item.id: text for item in items if (text := _texts_of(item)) is not None}
    likeness = await asyncio.to_thread(_likeness, kit, texts)
    found: list[Suspect] = []
    for pair in pairs:
        if pair.item_id in texts and pair.other_id in texts:
            one, other = known[pair.item_id], known[pair.other_id]
            alike = likeness.of(pair.item_id, pair.other_id)
            suspect = _judge(one, other, texts[pair.item_id], texts[pair.other_id], alike)
            if suspect is not None:
                found.append(suspect)
    return found


def _texts_of(item: Item) -> _Texts | None:
    content = item.content
    if isinstance(content, ArticleContent):
        return _Texts(f"{content.title}\n{content.question}"[:_CHARACTERS], content.answer)
    if isinstance(content, PolicyContent):
        said = "\n".join(text for text in (content.rule, content.exceptions) if text)
        return _Texts(f"{content.title}\n{content.applies_when}"[:_CHARACTERS], said)
    return None


class _Alike(NamedTuple):
    asked: float
    said: float


class _Likeness(NamedTuple):
    """The vectors of what items are asked and say, one row an item."""

    rows: Mapping[UUID, int]
    asked: NDArray[np.float32]
    said: NDArray[np.float32]

    def of(self, one: UUID, other: UUID) -> _Alike:
        """Return the cosines of two items, none below 0 or above 1."""
        mine, theirs = self.rows[one], self.rows[other]
        cosines = (float(vectors[mine] @ vectors[theirs]) for vectors in (self.asked, self.said))
        return _Alike(*(min(1.0, max(0.0, cosine)) for cosine in cosines))


def _likeness(kit: Kit, texts: Mapping[UUID, _Texts]) -> _Likeness:
    return _Likeness(
        rows={item_id: row for row, item_id in enumerate(texts)},
        asked=kit.embedder.embed([text.asked for text in texts.values()]),
        said=kit.embedder.embed([text.said[:_CHARACTERS] for text in texts.values()]),
    )


def _judge(
    one: _Known, other: _Known, texts: _Texts, other_texts: _Texts, alike: _Alike
) -> Suspect | None:
    """Return which of two items should go, if one should.

    Of two that are at odds it is the older one, of two that say the same the one that is used less.
    """
    if alike.asked < ASKED_ALIKE:
        return None
    older, newer = sorted((one, other), key=lambda known: known.health.since)
    at_odds = are_at_odds(texts.said, other_texts.said)
    if (at_odds and alike.asked >= ASKED_THE_SAME) or _clash(texts.said, other_texts.said):
        return _suspect(older, newer, DriftCause.CONTRADICTED, alike.asked)
    if at_odds or alike.said < SAID_ALIKE:
        return None
    goes, stays = (newer, older) if newer.health.used < older.health.used else (older, newer)
    return _suspect(goes, stays, DriftCause.DUPLICATE, alike.said)


def _clash(one: str, other: str) -> bool:
    """Return whether a sentence of one cannot hold beside a sentence of the other."""
    pairs = product(sentences(one)[:_SENTENCES], sentences(other)[:_SENTENCES])
    return any(find_clash(mine, theirs) for mine, theirs in pairs)


def _suspect(goes: _Known, stays: _Known, cause: DriftCause, similarity: float) -> Suspect:
    return Suspect(
        item_id=goes.item.item_id,
        kind=goes.item.kind,
        revision=goes.item.revision,
        cause=cause,
        health=goes.health,
        other_id=stays.item.item_id,
        similarity=similarity,
        strength=similarity,
        evidence=1,
    )
