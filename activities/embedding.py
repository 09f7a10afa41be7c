"""Embeds what is to be published: by the serving model, and by the next one if it is there in time.

Not an activity.
"""

import asyncio
from collections.abc import Sequence
from typing import Literal, NamedTuple
from uuid import UUID

from activities.kit import Kit
from store.publishing import Passage
from store.vectors import Embedding

PATIENCE_SECONDS = 2.0
"""How long an approval waits for the next model's vectors."""

BULK_PATIENCE_SECONDS = 60.0
"""How long an import does."""


class PassageText(NamedTuple):
    """One text that search shall find an item by."""

    body: str
    source: Literal["content", "phrasing"] = "content"
    intervention_id: UUID | None = None
    language: str | None = None


async def embed_passages(
    kit: Kit, texts: Sequence[PassageText], *, patience_seconds: float = PATIENCE_SECONDS
) -> list[Passage]:
    """Return the texts with their vectors, in the same order.

    Raises an `EmbeddingError` where the serving model's provider fails; the next model's vectors
    are left out where its provider does.
    """
    bodies = [text.body for text in texts]
    if not bodies:
        return []
    serving = asyncio.to_thread(kit.embedder.embed, bodies)
    vectors, further = await asyncio.gather(serving, _further(kit, bodies, patience_seconds))
    return [
        Passage(
            text.body,
            vector,
            text.source,
            text.intervention_id,
            text.language,
            further=embeddings,
        )
        for text, vector, embeddings in zip(texts, vectors.tolist(), further, strict=True)
    ]


async def embed_text(kit: Kit, text: str) -> Embedding:
    """Return the serving model's vector of a text; raises an `EmbeddingError`."""
    vectors = await asyncio.to_thread(kit.embedder.embed, [text])
    return Embedding(kit.embedder.name, vectors[0].tolist())


async def _further(
    kit: Kit, bodies: Sequence[str], patience_seconds: float
) -> list[tuple[Embedding, ...]]:
    following = kit.next_embedder
    vectors = following and await following.embed_soon(bodies, patience_seconds=patience_seconds)
    if following is None or vectors is None:
        return [() for _ in bodies]
    return [(Embedding(following.name, vector),) for vector in vectors.tolist()]
