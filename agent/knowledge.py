"""What the reference agent searches: the store's head, or the head with a change laid over it."""

import asyncio
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

import numpy as np

from agent.certainty import PER_ITEM, NearWording, assess
from agent.offline_words import content_words
from agent.standards import Standards
from domain.answering import Standard
from domain.cases import Knowledge
from domain.knowledge import Change, Hit, Item, ItemKind, ItemStatus, Operation
from domain.ranking import Candidate, confidences, rank
from domain.wordings import without
from gateways.embeddings import Embedder
from store import near_wordings, search
from store.database import Database

_EVERY_WORD = 0.61
"""Postgres' lexical rank of a passage that has each word of the query once."""


class WordedKnowledge(Knowledge, Protocol):
    """Knowledge that tells by which texts it finds its items."""

    async def wordings(self, query: str, item_ids: Sequence[UUID]) -> Sequence[NearWording]:
        """Return of each of these items the texts that are nearest to the query."""
        ...


class StoredKnowledge:
    """The knowledge of a workspace as it is now, or as it was at a release.

    The standard is always the one of now: what differs between two releases is what was known, not
    how bold the agent was.
    """

    def __init__(
        self,
        database: Database,
        workspace: str,
        embedder: Embedder,
        standards: Standards | None = None,
        *,
        as_of: int | None = None,
    ) -> None:
        """Search `workspace`, as of a release if one is given; nothing is read before that."""
        self._database = database
        self._workspace = workspace
        self._embedder = embedder
        self._standards = standards or Standards()
        self._as_of = as_of

    async def search(
        self, query: str, *, k: int = 8, kinds: Sequence[ItemKind] = ()
    ) -> Sequence[Hit]:
        """Return the nearest active items, best first, with their certainty."""
        vectors = await asyncio.to_thread(self._embedder.embed, [query])
        async with self._database.reading(self._workspace) as connection:
            hits = await search.search(
                connection,
                self._workspace,
                text=query,
                embedding=vectors[0].tolist(),
                model=self._embedder.name,
                k=k,
                kinds=kinds,
                as_of=self._as_of,
            )
        return hits if kinds else with_certainty(hits, await self.wordings(query, _ids(hits)))

    async def standard(self, agent: str) -> Standard | None:
        """Return how sure an answer must be in the workspace."""
        return await self._standards.standard(self._database, self._workspace, agent)

    async def wordings(self, query: str, item_ids: Sequence[UUID]) -> Sequence[NearWording]:
        """Return of each of these items the texts that are nearest to the query."""
        vectors = await asyncio.to_thread(self._embedder.embed, [query])
        async with self._database.reading(self._workspace) as connection:
            stored = await near_wordings.near_wordings(
                connection,
                self._workspace,
                text=query,
                embedding=vectors[0].tolist(),
                model=self._embedder.name,
                item_ids=item_ids,
                per_item=PER_ITEM,
                as_of=self._as_of,
            )
        return nearby(stored)


def nearby(stored: Sequence[near_wordings.StoredWording]) -> list[NearWording]:
    """Return texts of the store as the certainty is reckoned from them."""
    return [
        NearWording(
            item_id=wording.item_id,
            similarity=wording.similarity,
            lexical=wording.lexical,
            vector=np.frombuffer(wording.vector, dtype=">f4", offset=4).astype(np.float32),
            source=wording.source,
        )
        for wording in stored
    ]


def with_certainty(hits: Sequence[Hit], wordings: Sequence[NearWording]) -> list[Hit]:
    """Return the hits with how certain each is by these wordings; 0 for those far behind."""
    assessed = assess(wordings)
    if not assessed:
        return list(hits)
    return [
        hit.model_copy(update={"certainty": known.certainty, "signs": known.signs})
        if (known := assessed.get(hit.item.id))
        else hit.model_copy(update={"certainty": 0.0, "signs": None})
        for hit in hits
    ]


def _ids(hits: Sequence[Hit]) -> list[UUID]:
    return [hit.item.id for hit in hits]


class RememberedKnowledge:
    """Knowledge that is searched once for each query, so that two answers see the same items."""

    def __init__(self, base: WordedKnowledge) -> None:
        """Remember what `base` finds."""
        self._base = base
        self._found: dict[tuple[str, tuple[ItemKind, ...]], tuple[int, Sequence[Hit]]] = {}
        self._worded: dict[tuple[str, frozenset[UUID]], Sequence[NearWording]] = {}
        self._standard: dict[str, Standard | None] = {}

    async def search(
        self, query: str, *, k: int = 8, kinds: Sequence[ItemKind] = ()
    ) -> Sequence[Hit]:
        """Return the nearest items, best first, as they were when they were first asked for."""
        key = (query, tuple(kinds))
        reach, hits = self._found.get(key, (0, ()))
        if reach < k:
            # One more than asked for: with a change laid over it, one may be hidden.
            reach = k + 1
            hits = await self._base.search(query, k=reach, kinds=kinds)
            self._found[key] = (reach, hits)
        return hits[:k]

    async def standard(self, agent: str) -> Standard | None:
        """Return how sure an answer must be, as it was when it was first asked for."""
        if agent not in self._standard:
            self._standard[agent] = await self._base.standard(agent)
        return self._standard[agent]

    async def wordings(self, query: str, item_ids: Sequence[UUID]) -> Sequence[NearWording]:
        """Return the texts that are nearest to the query, as they were at first."""
        key = (query, frozenset(item_ids))
        if key not in self._worded:
            self._worded[key] = await self._base.wordings(query, item_ids)
        return self._worded[key]


class ChangedKnowledge:
    """Knowledge as it would be with one change applied; nothing is written.

    A wording that is the query itself is left out of those that the change brings: that a query is
    found by having been asked before proves nothing.
    """

    def __init__(
        self, base: WordedKnowledge, change: Change, *, item_id: UUID, embedder: Embedder
    ) -> None:
        """Lay `change` over `base`; `item_id` is the id that the changed item has in results."""
        self._base = base
        self._change = change
        self._embedder = embedder
        self._item = Item(
            id=item_id,
            kind=change.kind,
            status=ItemStatus.ACTIVE,
            revision=(change.base_revision or 0) + 1,
            content=change.content,
        )

    async def search(
        self, query: str, *, k: int = 8, kinds: Sequence[ItemKind] = ()
    ) -> Sequence[Hit]:
        """Return the nearest items with the change applied, best first, with their certainty."""
        found = await self._base.search(query, k=k + 1, kinds=kinds)
        hits = [hit for hit in found if hit.item.id != self._change.item_id]
        own: list[NearWording] = []
        if self._is_found_among(kinds):
            own = await self._own_wordings(query)
            stays = [hit for hit in map(self._as_changed, found) if hit is not None]
            hits.append(max([self._hit(own, hits), *stays], key=lambda hit: hit.score))
        hits = sorted(hits, key=lambda hit: hit.similarity, reverse=True)[:k]
        if kinds:
            return hits
        others = [item_id for item_id in _ids(hits) if item_id != self._item.id]
        return with_certainty(hits, [*await self._base.wordings(query, others), *own])

    async def standard(self, agent: str) -> Standard | None:
        """Return how sure an answer must be; a change moves nothing about that."""
        return await self._base.standard(agent)

    async def wordings(self, query: str, item_ids: Sequence[UUID]) -> Sequence[NearWording]:
        """Return the texts that are nearest to the query, the changed item's as it would be."""
        others = [item_id for item_id in item_ids if item_id != self._item.id]
        found = list(await self._base.wordings(query, others))
        if self._item.id in item_ids and self._is_found_among(()):
            found += await self._own_wordings(query)
        return found

    def _as_changed(self, hit: Hit) -> Hit | None:
        """Return how the changed item is found now, if it would still be found so."""
        if hit.item.id != self._change.item_id:
            return None
        stays = hit.source == "phrasing" or hit.matched in self._item.content.passages()
        return hit.model_copy(update={"item": self._item}) if stays else None

    def _is_found_among(self, kinds: Sequence[ItemKind]) -> bool:
        retired = self._change.operation is Operation.RETIRE
        return not retired and (not kinds or self._change.kind in kinds)

    async def _own_wordings(self, query: str) -> list[NearWording]:
        """Return the changed item's texts: its new content, old wordings, and new ones."""
        kept: list[NearWording] = []
        if self._change.item_id is not None:
            stored = await self._base.wordings(query, [self._change.item_id])
            kept = [wording for wording in stored if wording.source == "phrasing"]
        return [*kept, *await asyncio.to_thread(self._compare, query)]

    def _compare(self, query: str) -> list[NearWording]:
        """Return what the change brings, compared with the query."""
        passages = self._item.content.passages()
        texts = [*passages, *without(self._change.phrasings, [query])]
        vectors = self._embedder.embed([query, *texts])
        words = content_words(query)
        return [
            NearWording(
                item_id=self._item.id,
                similarity=min(1.0, max(0.0, float(vector @ vectors[0]))),
                lexical=_EVERY_WORD * len(words & content_words(text)) / max(1, len(words)),
                vector=vector,
                source="content" if place < len(passages) else "phrasing",
                text=text,
            )
            for place, (text, vector) in enumerate(zip(texts, vectors[1:], strict=True))
        ]

    def _hit(self, own: Sequence[NearWording], others: Sequence[Hit]) -> Hit:
        """Return the changed item as a hit beside the others, whose shared words are unknown."""
        candidates = [Candidate(wording.similarity, source=wording.source) for wording in own]
        place = max(range(len(own)), key=lambda place: rank(candidates[place]))
        best, mine = own[place], candidates[place]
        rivals = [Candidate(hit.similarity, source=hit.source) for hit in others]
        return Hit(
            item=self._item,
            score=confidences([mine, *rivals], self._embedder.name)[0],
            similarity=min(1.0, max(0.0, best.similarity)),
            matched=best.text,
            source=best.source,
        )
