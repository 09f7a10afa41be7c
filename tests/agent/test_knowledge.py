from collections.abc import Sequence
from uuid import UUID

from agent.knowledge import RememberedKnowledge
from domain.knowledge import ArticleContent, Hit, Item, ItemKind, ItemStatus


def _hit(number: int) -> Hit:
    content = ArticleContent(title=f"Title {number}", question="Why?", answer="So.", tags=())
    item = Item(
        id=UUID(int=number),
        kind=ItemKind.ARTICLE,
        status=ItemStatus.ACTIVE,
        revision=1,
        content=content,
    )
    return Hit(item=item, score=1 - number / 100, matched="Why?")


class _Shelf:
    """Twenty items, and a count of the searches."""

    def __init__(self) -> None:
        self.searches: list[tuple[str, int]] = []

    async def search(
        self, query: str, *, k: int = 8, kinds: Sequence[ItemKind] = ()
    ) -> Sequence[Hit]:
        self.searches.append((query, k))
        return [_hit(number) for number in range(20)][:k]


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
