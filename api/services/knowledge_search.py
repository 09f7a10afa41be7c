"""Searching the knowledge of a workspace, for the JSON call and for the page."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from analysis.redaction import Redactor
from api.as_of import release_of
from api.context import Context
from domain.knowledge import Hit, ItemKind
from gateways.embedding_service import ServiceEmbedder
from store.search import search


@dataclass(frozen=True)
class Wanted:
    """What to look for; `as_of` None is now."""

    query: str
    k: int
    kinds: Sequence[ItemKind] = ()
    tags: Sequence[str] = ()
    language: str | None = None
    as_of: int | datetime | None = None


@dataclass(frozen=True)
class Found:
    """What there is, best first, and the release that it is of."""

    hits: Sequence[Hit]
    release: int


async def search_knowledge(context: Context, workspace: str, wanted: Wanted) -> Found:
    """Return the items that answer best; raises the 422 problem for an `as_of` yet to come."""
    text = wanted.query
    if isinstance(context.embedder, ServiceEmbedder):
        text = Redactor().redact(text)  # What leaves the house holds no personal data.
    vectors = await asyncio.to_thread(context.embedder.embed, [text])
    async with context.database.snapshot(workspace) as connection:
        release = await release_of(connection, workspace, wanted.as_of)
        hits = await search(
            connection,
            workspace,
            text=wanted.query,
            embedding=vectors[0].tolist(),
            model=context.embedder.name,
            k=wanted.k,
            kinds=wanted.kinds,
            tags=wanted.tags,
            language=wanted.language,
            as_of=None if wanted.as_of is None else release,
        )
    return Found(hits, release)
