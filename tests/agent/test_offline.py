"""The offline agent: what it answers with, and that it hands off what it is not sure of."""

from collections.abc import Sequence
from uuid import NAMESPACE_URL, uuid5

import pytest

from agent.offline import SURE, OfflineAnswerer, by_standard
from agent.offline_words import acts_asked, covered_share
from domain.answering import Signs, Standard, Weights
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

AGENT = OfflineAnswerer()

LUGGAGE = ArticleContent(
    title="Luggage storage",
    question="Can I leave my luggage after check-out?",
    answer="Luggage is stored free of charge until 8 pm.",
)
CANCELLING = PolicyContent(
    title="Cancelling a stay",
    rule="A stay can be cancelled until two days before arrival.",
    applies_when="A guest wants to cancel a stay.",
    exceptions="Group bookings need two weeks.",
)
DESK = ToolConnectionContent(
    name="Front desk",
    system="front_desk",
    tools=(
        ToolSpec(
            name="get_stay",
            description="Read a stay.",
            input_schema={"type": "object", "properties": {"stay_id": {"type": "string"}}},
            access=Access.READ,
        ),
        ToolSpec(
            name="cancel_stay",
            description="Cancel a stay and refund it.",
            input_schema={
                "type": "object",
                "properties": {
                    "stay_id": {"type": "string", "description": "The number, such as S-1234."},
                    "refund_to": {"type": "string", "enum": ["card", "voucher"]},
                },
                "required": ["stay_id", "refund_to"],
            },
            access=Access.WRITE,
        ),
    ),
    purpose="Stays of guests.",
)


class Shelf:
    """Knowledge with fixed similarities; scores that would mislead."""

    def __init__(self, *entries: tuple[ItemContent, float]) -> None:
        self._entries = entries

    async def search(
        self, query: str, *, k: int = 8, kinds: Sequence[ItemKind] = ()
    ) -> Sequence[Hit]:
        hits = [
            Hit(item=item_of(content), score=0.5, similarity=score)
            for content, score in self._entries
        ]
        kept = [hit for hit in hits if not kinds or hit.item.kind in kinds]
        return sorted(kept, key=lambda hit: -hit.similarity)[:k]

    async def standard(self, agent: str) -> Standard | None:
        return None


def item_of(content: ItemContent) -> Item:
    kinds: dict[type, ItemKind] = {
        ArticleContent: ItemKind.ARTICLE,
        PolicyContent: ItemKind.POLICY,
        ToolConnectionContent: ItemKind.TOOL_CONNECTION,
    }
    return Item(
        id=uuid5(NAMESPACE_URL, content.title),
        kind=kinds[type(content)],
        status=ItemStatus.ACTIVE,
        revision=2,
        content=content,
    )


async def test_an_article_answers_with_its_answer():
    result = await AGENT.answer(
        "Can I leave my luggage after check-out?", Shelf((LUGGAGE, 0.9), (CANCELLING, 0.2))
    )
    assert result.answered
    assert result.answer == LUGGAGE.answer
    assert [(used.title, used.revision) for used in result.items_used] == [(LUGGAGE.title, 2)]
    assert result.confidence >= SURE
    assert result.agent == "offline"


async def test_a_policy_answers_a_question_with_its_rule_and_exceptions():
    result = await AGENT.answer(
        "Until when can a stay be cancelled?", Shelf((CANCELLING, 0.8), (LUGGAGE, 0.3))
    )
    assert result.answer == f"{CANCELLING.rule}\nExceptions: {CANCELLING.exceptions}"


async def test_a_request_to_act_is_handed_off_where_only_a_policy_bears_on_it():
    result = await AGENT.answer("Please cancel my stay.", Shelf((CANCELLING, 0.8)))
    assert not result.answered
    assert CANCELLING.title in result.handoff_reason


async def test_a_request_to_act_names_the_tool_the_rule_and_the_inputs():
    result = await AGENT.answer(
        "Please cancel my stay S-4711 and refund it to my card.",
        Shelf((CANCELLING, 0.85), (DESK, 0.5), (LUGGAGE, 0.1)),
    )
    assert result.answered
    assert "cancel_stay" in result.answer
    assert "stay_id = S-4711" in result.answer
    assert "refund_to = card" in result.answer
    assert CANCELLING.rule in result.answer
    assert {used.kind for used in result.items_used} == {
        ItemKind.POLICY,
        ItemKind.TOOL_CONNECTION,
    }


async def test_an_input_that_the_query_lacks_is_asked_for():
    result = await AGENT.answer("Please cancel my stay.", Shelf((DESK, 0.6)))
    assert "once I have: stay id, refund to" in result.answer


@pytest.mark.parametrize(
    ("query", "entries"),
    [
        ("Who won the world cup?", ()),
        ("Who won the world cup?", ((LUGGAGE, 0.15), (CANCELLING, 0.1))),
        ("Where can I park my camper?", ((LUGGAGE, 0.52), (CANCELLING, 0.5))),
    ],
)
async def test_what_no_item_is_near_to_is_handed_off_with_a_reason(
    query: str, entries: tuple[tuple[ItemContent, float], ...]
):
    result = await AGENT.answer(query, Shelf(*entries))
    assert not result.answered
    assert result.handoff_reason
    assert result.items_used == ()


@pytest.mark.parametrize(
    ("query", "acts"),
    [
        ("Please cancel my booking", {"cancel"}),
        ("Can you move my appointment to Friday?", {"move"}),
        ("Cancel it", {"cancel"}),
        ("How do I cancel my booking?", set[str]()),
        ("I want to cancel, what does it cost?", set[str]()),
        ("What happens when I cancel?", set[str]()),
        ("Can you tell me how refunds work?", set[str]()),
    ],
)
def test_what_a_query_asks_to_do(query: str, acts: set[str]):
    assert acts_asked(query) == acts


def test_a_word_that_no_item_has_weighs_little_and_a_rare_one_much():
    rare, common = frozenset({"moor"}), frozenset({"boat"})
    others = [frozenset({"boat"}), frozenset({"boat", "moor"})]
    asked = rare | common | {"sunshin"}
    assert covered_share(asked, rare, others) > covered_share(asked, common, others) > 0
    assert covered_share(frozenset(), rare, others) == 0


class SureShelf(Shelf):
    """Knowledge whose outcomes have set a bar, and how certain each item is."""

    def __init__(
        self, bar: float | None, certain: dict[str, float], *entries: tuple[ItemContent, float]
    ) -> None:
        super().__init__(*entries)
        self._bar = bar
        self._certain = certain

    async def search(
        self, query: str, *, k: int = 8, kinds: Sequence[ItemKind] = ()
    ) -> Sequence[Hit]:
        found = await super().search(query, k=k, kinds=kinds)
        return [
            hit.model_copy(update={"certainty": self._certain[hit.item.content.title]})
            for hit in found
        ]

    async def standard(self, agent: str) -> Standard | None:
        return None if self._bar is None else Standard(self._bar)


BED = ArticleContent(title="Extra bed", question="Is there an extra bed?", answer="Yes, for 20.")


@pytest.mark.parametrize(("bar", "answered"), [(0.4, True), (0.5, True), (0.6, False)])
async def test_where_a_bar_is_known_certainty_decides(bar: float, answered: bool):
    shelf = SureShelf(bar, {LUGGAGE.title: 0.5, BED.title: 0.1}, (LUGGAGE, 0.3), (BED, 0.9))
    result = await AGENT.answer("Where do suitcases go?", shelf)
    assert (result.answered, result.guess, result.certainty) == (
        answered,
        item_of(LUGGAGE).id,
        0.5,
    )


async def test_what_is_told_is_the_guess_where_the_agents_own_rule_decides():
    shelf = SureShelf(None, {LUGGAGE.title: 0.4, BED.title: 0.5}, (LUGGAGE, 0.95), (BED, 0.2))
    result = await AGENT.answer("Can I leave my luggage after check-out?", shelf)
    assert (result.answered, result.guess, result.certainty) == (True, item_of(LUGGAGE).id, 0.4)


async def test_nothing_is_told_that_many_wordings_make_doubtful():
    shelf = SureShelf(None, {LUGGAGE.title: 0.2, BED.title: 0.1}, (LUGGAGE, 0.95), (BED, 0.2))
    result = await AGENT.answer("Can I leave my luggage after check-out?", shelf)
    assert not result.answered


@pytest.mark.parametrize(("bar", "answered"), [(None, False), (0.4, True)])
async def test_an_article_that_people_gave_as_the_answer_may_answer_a_request_for_money(
    bar: float | None, answered: bool
):
    refund = ArticleContent(
        title="Refunds", question="Can I get a refund?", answer="Ask the shop for the refund."
    )
    shelf = SureShelf(bar, {refund.title: 0.9}, (refund, 0.95))
    result = await AGENT.answer("Please refund my purchase.", shelf)
    assert result.answered is answered


def weighed(content: ItemContent, certainty: float, fit: float) -> Hit:
    """Return a hit of which `fit` is the only sign that is not nothing."""
    signs = Signs(*[0.0] * len(Signs._fields))._replace(fit=fit)
    item = item_of(content)
    return Hit(item=item, score=0.5, similarity=0.5, certainty=certainty, signs=signs)


BY_FIT = Standard(
    0.8, Weights(0.0, tuple(float(name == "fit") for name in Signs._fields)), least_certain=0.1
)


def test_no_text_is_surer_than_one_that_is_more_certain():
    first, second = by_standard([weighed(BED, 0.3, 5), weighed(LUGGAGE, 0.5, 1)], BY_FIT)
    assert (first.hit.item.content, second.hit.item.content) == (LUGGAGE, BED)
    assert first.confidence == second.confidence == pytest.approx(0.731, abs=0.001)


def test_a_connection_keeps_no_text_from_being_sure():
    _, text = by_standard([weighed(DESK, 0.5, -1), weighed(LUGGAGE, 0.4, 5)], BY_FIT)
    assert text.confidence > 0.99


def test_what_is_too_uncertain_is_not_sure_whatever_speaks_for_it():
    (text,) = by_standard([weighed(LUGGAGE, 0.05, 5)], BY_FIT)
    assert text.confidence == 0
