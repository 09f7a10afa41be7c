"""Why an answer is what it is: told, unsure, outdone, or for want of a tool."""

from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

import pytest

from agent.explaining import Explained, Standing, WatchedKnowledge, explain
from agent.offline import OfflineAnswerer
from domain.answering import Signs, Standard, Weights
from domain.cases import AskResult
from domain.knowledge import (
    Access,
    ArticleContent,
    Hit,
    Item,
    ItemContent,
    ItemKind,
    ItemStatus,
    PolicyContent,
    ToolConnectionContent,
    ToolSpec,
)

LUGGAGE = ArticleContent(
    title="Luggage", question="Can I leave my luggage?", answer="Free until 8 pm."
)
BIKES = ArticleContent(title="Bikes", question="Can I leave my bike?", answer="In the yard.")
CANCELLING = PolicyContent(title="Cancelling a stay", rule="Until two days before.")
GET_STAY = ToolSpec(
    name="get_stay", description="Read.", input_schema={"type": "object"}, access=Access.READ
)
DESK = ToolConnectionContent(name="Desk", system="desk", tools=(GET_STAY,), purpose="Stays.")
KINDS = {
    ArticleContent: ItemKind.ARTICLE,
    PolicyContent: ItemKind.POLICY,
    ToolConnectionContent: ItemKind.TOOL_CONNECTION,
}


class Shelf:
    """Knowledge with fixed similarities and certainties."""

    def __init__(self, bar: float | None, *entries: tuple[ItemContent, float]) -> None:
        """Hold each content with how sure it is."""
        self._bar = bar
        self._entries = entries

    async def search(
        self, query: str, *, k: int = 8, kinds: Sequence[ItemKind] = ()
    ) -> Sequence[Hit]:
        """Return what there is, the nearest first."""
        hits = [
            Hit(item=item_of(content), score=0.5, similarity=sure, certainty=sure)
            for content, sure in self._entries
        ]
        return [hit for hit in hits if not kinds or hit.item.kind in kinds][:k]

    async def standard(self, agent: str) -> Standard | None:
        """Return the fixed bar."""
        return None if self._bar is None else Standard(self._bar)


def item_of(content: ItemContent) -> Item:
    """Return an item that says this."""
    return Item(
        id=uuid5(NAMESPACE_URL, content.title),
        kind=KINDS[type(content)],
        status=ItemStatus.ACTIVE,
        revision=1,
        content=content,
    )


async def explained(query: str, shelf: Shelf, agent: str = "offline") -> Explained:
    """Return why the offline agent answers so; under another name, as a model's answer."""
    watched = WatchedKnowledge(shelf)
    result = await OfflineAnswerer().answer(query, watched)
    result = result.model_copy(update={"agent": agent})
    return explain(query, result, watched.hits, await shelf.standard(agent))


def standings(found: Explained) -> dict[str, Standing]:
    """Return what became of each item, in their order."""
    return {each.hit.item.content.title: each.standing for each in found.considered}


@pytest.mark.parametrize("bar", [None, 0.5])
async def test_what_is_told_is_first_then_the_surest_with_what_it_lacks(
    bar: float | None,
) -> None:
    shelf = Shelf(bar, (LUGGAGE, 0.9), (DESK, 0.6), (BIKES, 0.1))

    found = await explained("Can I leave my luggage?", shelf)

    assert list(standings(found).items()) == [
        ("Luggage", Standing.TOLD),
        ("Desk", Standing.NO_TOOL_FITS),
        ("Bikes", Standing.UNSURE),
    ]
    assert found.is_learned == (bar is not None)


async def test_a_second_sure_item_was_outdone() -> None:
    found = await explained("Can I leave it?", Shelf(0.5, (LUGGAGE, 0.9), (BIKES, 0.8)))

    assert standings(found)["Bikes"] is Standing.OUTDONE
    assert [each.sureness for each in found.considered] == [0.9, 0.8]
    assert found.needed == 0.5


async def test_a_rule_does_not_do_what_is_asked() -> None:
    found = await explained("Please cancel my stay.", Shelf(0.5, (CANCELLING, 0.9)))

    assert not found.result.answered
    assert standings(found) == {"Cancelling a stay": Standing.SURE_BUT_ACT_WANTED}


async def test_a_language_models_word_is_no_measure() -> None:
    shelf = Shelf(None, (LUGGAGE, 0.9), (BIKES, 0.2))

    found = await explained("Can I leave my luggage?", shelf, agent="claude")

    assert standings(found) == {"Luggage": Standing.TOLD, "Bikes": Standing.READ_ONLY}
    assert found.needed is None
    assert not found.is_learned
    assert {each.sureness for each in found.considered} == {None}


async def test_what_is_too_uncertain_to_be_weighed_has_no_measure() -> None:
    signs = Signs(*[1.0] * len(Signs._fields))
    hits = [
        Hit(item=item_of(content), score=0.5, similarity=0.5, certainty=sure, signs=signs)
        for content, sure in [(LUGGAGE, 0.2), (BIKES, 0.05)]
    ]
    strict = Standard(2.0, Weights(0.0, signs), least_certain=0.1)

    found = explain("Can I leave it?", AskResult(answered=False, confidence=0), hits, strict)

    assert standings(found) == {"Luggage": Standing.UNSURE, "Bikes": Standing.UNCERTAIN}
    assert found.considered[1].sureness is None


async def test_what_a_language_model_was_not_sure_enough_of_says_so() -> None:
    hits = [Hit(item=item_of(content), score=0.5, similarity=0.5) for content in (LUGGAGE, BIKES)]
    unsure = AskResult(
        answered=False, confidence=0.9, agent="claude", guess=hits[1].item.id, certainty=0.9
    )

    found = explain("Can I leave it?", unsure, hits, Standard(float("inf")))

    assert standings(found) == {"Luggage": Standing.READ_ONLY, "Bikes": Standing.UNSURE}
    assert found.needed == float("inf")
