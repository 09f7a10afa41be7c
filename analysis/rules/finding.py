"""Whether an agent at work on a case would have come upon a changed rule: by searching for it."""

import asyncio
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from analysis.offline.actions import agent_acts, is_read
from analysis.offline.similarity import Similarity
from analysis.text import humanise
from domain.cases import Case
from domain.conversation import Role
from domain.knowledge import Hit, PolicyContent
from gateways.embeddings import Embedder

FIRST = 8
"""How many items an agent reads of what a search finds; as many as the reference agent does."""

BAR = 0.40
"""The similarity below which an agent takes no item for bearing on what it does."""

_SEARCHES = 3
_CHARACTERS = 600


class Searchable(Protocol):
    """What an agent searches."""

    async def search(self, query: str, *, k: int = FIRST) -> Sequence[Hit]:
        """Return the nearest items, best first."""
        ...


async def is_found(
    content: PolicyContent, case: Case, knowledge: Searchable, item_id: UUID, embedder: Embedder
) -> bool:
    """Return whether a search in `knowledge` with the change brings the rule up in this case.

    It is searched for as an agent works: by the ask, by what the customer then says, and by each
    call that it is about to make. Of these the three nearest to the rule are tried.
    """
    texts = _searched_for(case)
    similarity = Similarity(embedder)
    passages = list(content.passages())
    scores = await asyncio.to_thread(lambda: [similarity.best(t, passages) for t in texts])
    nearest = sorted(zip(scores, texts, strict=True), key=lambda pair: -pair[0])
    for score, text in nearest[:_SEARCHES]:
        if score < BAR:
            return False
        if item_id in await _first(text, knowledge):
            return True
    return False


def _searched_for(case: Case) -> list[str]:
    said = [turn.text for turn in case.turns if turn.role is Role.CUSTOMER and turn.text]
    calls = [humanise(act.name) for act in agent_acts(case) if not is_read(act.name)]
    texts = [text[:_CHARACTERS] for text in (case.ask, *calls, *said)]
    return list(dict.fromkeys(texts))


async def _first(text: str, knowledge: Searchable) -> Sequence[UUID]:
    return [hit.item.id for hit in await knowledge.search(text, k=FIRST)]
