"""What the reference agent searches: the store's head, or the head with a change laid over it."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import numpy as np

from domain.cases import Knowledge
from domain.knowledge import Change, Hit, Item, ItemKind, ItemStatus, Operation
from domain.ranking import Candidate, Source, confidences, rank
from domain.wordings import without
from gateways.embeddings import Embedder
from store import search
from store.database import Database


class StoredKnowledge:
    """The knowledge of a workspace as it is now."""

    def __init__(self, database: Database, workspace: str, embedder: Embedder) -> None:
        """Search `workspace`; nothing is read before the first search."""
        self._database = database
        self._workspace = workspace
        self._embedder = embedder

    async def search(
        self, query: str, *, k: int = 8, kinds: Sequence[ItemKind] = ()
    ) -> Sequence[Hit]:
        """Return the nearest active items, best first."""
        vectors = await asyncio.to_thread(self._embedder.embed, [query])
        async with self._database.reading(self._workspace) as connection:
            return await search.search(
                connection,
                self._workspace,
                text=query,
                embedding=vectors[0].tolist(),
                model=self._embedder.name,
                k=k,
                kinds=kinds,
            )


class RememberedKnowledge:
    """Knowledge that is searched once for each query, so that two answers see the same items."""

    def __init__(self, base: Knowledge) -> None:
        """Remember what `base` finds."""
        self._base = base
        self._found: dict[tuple[str, tuple[ItemKind, ...]], tuple[int, Sequence[Hit]]] = {}

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


class ChangedKnowledge:
    """Knowledge as it would be with one change applied; nothing is written.

    The change's phrasings find the item too, but for one that is the query itself: a wording that
    proved itself would prove nothing.
    """

    def __init__(
        self, base: Knowledge, change: Change, *, item_id: UUID, embedder: Embedder
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
        """Return the nearest items with the change applied, best first."""
        found = await self._base.search(query, k=k + 1, kinds=kinds)
        hits = [hit for hit in found if hit.item.id != self._change.item_id]
        retired = self._change.operation is Operation.RETIRE
        if not retired and (not kinds or self._change.kind in kinds):
            changed = await asyncio.to_thread(self._compare, query, hits)
            stays = [hit for hit in map(self._as_changed, found) if hit is not None]
            hits.append(max([changed, *stays], key=lambda hit: hit.score))
        return sorted(hits, key=lambda hit: hit.similarity, reverse=True)[:k]

    def _as_changed(self, hit: Hit) -> Hit | None:
        """Return how the changed item is found now, if it would still be found so."""
        if hit.item.id != self._change.item_id:
            return None
        stays = hit.source == "phrasing" or hit.matched in self._item.content.passages()
        return hit.model_copy(update={"item": self._item}) if stays else None

    def _compare(self, query: str, others: Sequence[Hit]) -> Hit:
        """Return the changed item as a hit beside the others, whose shared words are unknown."""
        texts: list[tuple[str, Source]] = [(p, "content") for p in self._item.content.passages()]
        phrasings = without(self._change.phrasings, [query])
        texts.extend((text, "phrasing") for text in phrasings)
        vectors = self._embedder.embed([query, *(text for text, _ in texts)])
        similarities = np.clip(vectors[1:] @ vectors[0], 0.0, 1.0)
        candidates = [
            Candidate(float(similarity), source=source)
            for similarity, (_, source) in zip(similarities, texts, strict=True)
        ]
        best = max(range(len(texts)), key=lambda place: rank(candidates[place]))
        rivals = [Candidate(hit.similarity, source=hit.source) for hit in others]
        return Hit(
            item=self._item,
            score=confidences([candidates[best], *rivals], self._embedder.name)[0],
            similarity=candidates[best].similarity,
            matched=texts[best][0],
            source=texts[best][1],
        )
