"""Whether an agent at work on a case would come upon a changed rule."""

from uuid import UUID

import pytest

from analysis.rules import is_found
from analysis.rules.finding import FIRST
from domain.knowledge import Hit, Item, ItemKind, ItemStatus, PolicyContent
from tests.analysis.offline_cases import WordEmbedder, agent, call, case, customer

RULE = PolicyContent(title="Cancel a stay", rule="Half board stays are not cancelled.")
ID = UUID(int=7)


class Shelf:
    """Holds as many other items as it is told before the rule; keeps what was searched for."""

    def __init__(self, others: int) -> None:
        self.searched: list[str] = []
        self._others = others

    async def search(self, query: str, *, k: int = FIRST) -> list[Hit]:
        self.searched.append(query)
        ids = [*(UUID(int=100 + n) for n in range(self._others)), ID]
        return [_hit(identity) for identity in ids[:k]]


def _hit(identity: UUID) -> Hit:
    item = Item(
        id=identity, kind=ItemKind.POLICY, status=ItemStatus.ACTIVE, revision=1, content=RULE
    )
    return Hit(item=item, score=0.5, similarity=0.5)


@pytest.mark.parametrize(("others", "found"), [(0, True), (FIRST - 1, True), (FIRST, False)])
async def test_a_rule_is_found_among_the_first(others: int, found: bool):
    built = case(customer("I want to cancel a stay."), reply="No.")
    assert await is_found(RULE, built, Shelf(others), ID, WordEmbedder()) is found


async def test_a_rule_is_searched_for_by_the_call_that_the_agent_is_about_to_make():
    shelf = Shelf(0)
    calls = (call("get_stay"), call("cancel_stay", "ok"))
    built = case(customer("I have a wish."), agent("Yes.", *calls), reply="No.")
    assert await is_found(RULE, built, shelf, ID, WordEmbedder())
    assert shelf.searched == ["cancel stay"]


async def test_a_rule_that_nothing_in_the_case_comes_near_is_not_even_searched_for():
    shelf = Shelf(0)
    built = case(customer("My suitcase is lost."), reply="No.")
    assert not await is_found(RULE, built, shelf, ID, WordEmbedder())
    assert shelf.searched == []
