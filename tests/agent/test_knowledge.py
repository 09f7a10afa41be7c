from collections.abc import Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from agent.certainty import NearWording
from agent.knowledge import ChangedKnowledge, RememberedKnowledge
from domain.answering import Standard
from domain.knowledge import (
    ArticleContent,
    Change,
    Hit,
    Item,
    ItemKind,
    ItemStatus,
    Operation,
)


def _hit(number: int) -> Hit:
    content = ArticleContent(title=f"Title {number}", question="Why?", answer="So.", tags=())
    item = Item(
        id=UUID(int=number),
        kind=ItemKind.ARTICLE,
        status=ItemStatus.ACTIVE,
        revision=1,
        content=content,
    )
    return Hit(item=item, score=0.5, similarity=1 - number / 100, matched="Why?")


class _Shelf:
    """Twenty items, and a count of the searches."""

    def __init__(self) -> None:
        self.searches: list[tuple[str, int]] = []

    async def search(
        self, query: str, *, k: int = 8, kinds: Sequence[ItemKind] = ()
    ) -> Sequence[Hit]:
        self.searches.append((query, k))
        return [_hit(number) for number in range(20)][:k]

    async def standard(self, agent: str) -> Standard | None:
        return None

    async def wordings(self, query: str, item_ids: Sequence[UUID]) -> Sequence[NearWording]:
        return []


async def test_remembered_knowledge_is_searched_once_for_a_query_and_one_hidden_item() -> None:
    shelf = _Shelf()
    knowledge = RememberedKnowledge(shelf)
    assert len(await knowledge.search("refunds", k=8)) == 8
    assert len(await knowledge.search("refunds", k=9)) == 9
    assert shelf.searches == [("refunds", 9)]


async def test_remembered_knowledge_looks_further_when_more_is_asked_for() -> None:
    shelf = _Shelf()
    knowledge = RememberedKnowledge(shelf)
    await knowledge.search("refunds", k=2)
    assert [hit.item.id.int for hit in await knowledge.search("refunds", k=5)] == [0, 1, 2, 3, 4]


async def test_remembered_knowledge_keeps_queries_and_kinds_apart() -> None:
    shelf = _Shelf()
    knowledge = RememberedKnowledge(shelf)
    await knowledge.search("refunds", k=8)
    await knowledge.search("returns", k=8)
    await knowledge.search("refunds", k=8, kinds=(ItemKind.POLICY,))
    assert len(shelf.searches) == 3


class _SameDirection:
    """An embedder to which all texts mean the same."""

    name = "all-MiniLM-L6-v2"
    dimension = 2

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.tile(np.array([1, 0], np.float32), (len(texts), 1))


class _Empty:
    """Knowledge of nothing."""

    async def search(
        self, query: str, *, k: int = 8, kinds: Sequence[ItemKind] = ()
    ) -> Sequence[Hit]:
        return []

    async def standard(self, agent: str) -> Standard | None:
        return None

    async def wordings(self, query: str, item_ids: Sequence[UUID]) -> Sequence[NearWording]:
        return []


def _changed(base: _Shelf | _Empty) -> ChangedKnowledge:
    content = ArticleContent(title="Refunds", question="When?", answer="In 5 days.")
    change = Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=content)
    return ChangedKnowledge(base, change, item_id=UUID(int=99), embedder=_SameDirection())


async def test_changed_knowledge_holds_the_changed_item_by_its_similarity() -> None:
    hits = await _changed(_Shelf()).search("refunds", k=3)
    assert [(hit.item.id.int, hit.similarity) for hit in hits] == [(0, 1), (99, 1), (1, 0.99)]


async def test_a_changed_item_scores_less_beside_near_rivals() -> None:
    (alone,) = await _changed(_Empty()).search("refunds", k=1)
    _, crowded, _ = await _changed(_Shelf()).search("refunds", k=3)
    assert 0 < crowded.score < alone.score <= 1


class _Words:
    """An embedder to which texts are alike by the letters that they begin with."""

    name = "all-MiniLM-L6-v2"
    dimension = 26

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), 26), np.float32)
        for row, text in enumerate(texts):
            vectors[row, ord(text[0].lower()) - ord("a")] = 1
        return vectors


def _revised(*phrasings: str, base: Sequence[Hit] = ()) -> ChangedKnowledge:
    class Base(_Empty):
        async def search(
            self, query: str, *, k: int = 8, kinds: Sequence[ItemKind] = ()
        ) -> Sequence[Hit]:
            return base

    change = Change(
        kind=ItemKind.ARTICLE,
        operation=Operation.REVISE,
        item_id=UUID(int=3),
        base_revision=1,
        content=_hit(3).item.content,
        phrasings=phrasings,
    )
    return ChangedKnowledge(Base(), change, item_id=UUID(int=3), embedder=_Words())


async def test_a_changed_item_is_found_by_the_wordings_that_come_with_it() -> None:
    (hit,) = await _revised("xylophone strings").search("xylophones")
    assert (hit.matched, hit.source, hit.similarity) == ("xylophone strings", "phrasing", 1)


async def test_a_wording_does_not_prove_itself() -> None:
    (hit,) = await _revised("Xylophone  strings").search("xylophone strings")
    assert (hit.source, hit.similarity) == ("content", 0)


async def test_a_revised_item_is_still_found_by_the_wordings_that_it_has() -> None:
    had = _hit(3).model_copy(update={"matched": "xylophone", "source": "phrasing", "score": 0.9})
    (hit,) = await _revised("yoghurt", base=[had]).search("xylophone repair")
    assert (hit.matched, hit.score, hit.item.revision) == ("xylophone", 0.9, 2)


async def test_a_revised_item_is_not_found_by_what_it_says_no_longer() -> None:
    had = _hit(3).model_copy(update={"matched": "xylophone", "score": 0.9})
    (hit,) = await _revised(base=[had]).search("xylophone")
    assert hit.matched != "xylophone"
