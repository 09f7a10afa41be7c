"""What the reference agent would search had it been asked at an earlier release."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from agent.bars import Bars
from agent.certainty import PER_ITEM, NearWording
from agent.knowledge import nearby, with_certainty
from domain.knowledge import Hit, ItemKind
from gateways.embeddings import Embedder
from store import near_wordings, search
from store.database import Database


class PastKnowledge:
    """The knowledge of a workspace as it was at a release.

    The bar is the one of now: what differs between two releases is what was known, not how bold
    the agent was.
    """

    def __init__(
        self, database: Database, workspace: str, embedder: Embedder, bars: Bars, release: int
    ) -> None:
        """Search `workspace` as of `release`; nothing is read before the first search."""
        self._database = database
        self._workspace = workspace
        self._embedder = embedder
        self._bars = bars
        self._release = release

    async def search(
        self, query: str, *, k: int = 8, kinds: Sequence[ItemKind] = ()
    ) -> Sequence[Hit]:
        """Return the items that were nearest then, best first, with their certainty."""
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
                as_of=self._release,
            )
        if kinds:
            return hits
        return with_certainty(hits, await self.wordings(query, [hit.item.id for hit in hits]))

    async def bar(self) -> float | None:
        """Return how certain an answer must be in the workspace now."""
        return await self._bars.bar(self._database, self._workspace)

    async def wordings(self, query: str, item_ids: Sequence[UUID]) -> Sequence[NearWording]:
        """Return of each of these items the texts of then that are nearest to the query."""
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
                as_of=self._release,
            )
        return nearby(stored)
