"""Which sentences cannot both hold."""

from collections.abc import Sequence

import pytest

from domain.contradiction import Clash, Said, find_clash, find_clashes, said_by, statements_of
from domain.knowledge import ItemKind
from tests.domain.builders import content
from tests.domain.contradiction_pairs import HELD_OUT, HELD_OUT_LATER, TUNED, Pair


def measured(pairs: Sequence[Pair]) -> tuple[float, float]:
    """Return precision and recall of finding those pairs that contradict each other."""
    found = [(pair, find_clash(pair[0], pair[1]) is not None) for pair in pairs]
    right = sum(is_found and pair[2] is not None for pair, is_found in found)
    return right / sum(is_found for _, is_found in found), right / sum(
        pair[2] is not None for pair in pairs
    )


@pytest.mark.parametrize(("one", "other", "clash"), TUNED)
def test_a_pair_is_read_as_people_read_it(one: str, other: str, clash: Clash | None) -> None:
    assert find_clash(one, other) is clash


@pytest.mark.parametrize(("one", "other", "_"), [*TUNED, *HELD_OUT, *HELD_OUT_LATER])
def test_it_does_not_matter_which_is_read_first(one: str, other: str, _: Clash | None) -> None:
    assert find_clash(one, other) is find_clash(other, one)


def test_of_pairs_that_were_written_before_nearly_all_are_told() -> None:
    precision, recall = measured([*HELD_OUT, *HELD_OUT_LATER])
    assert precision >= 0.95
    assert recall >= 0.9


def test_a_sentence_does_not_contradict_itself() -> None:
    for one, other, _ in (*TUNED, *HELD_OUT, *HELD_OUT_LATER):
        assert find_clash(one, one) is None
        assert find_clash(other, other) is None


def test_a_question_claims_nothing() -> None:
    assert find_clash("Does a refund take 5 days?", "A refund takes 9 days.") is None


def test_titles_that_each_have_a_word_of_their_own_are_of_two_things() -> None:
    gold = Said("Gold card", ["The annual fee is $95."])
    silver = Said("Silver card", ["The annual fee is $45."])
    assert find_clashes(gold, silver) == []
    assert len(find_clashes(gold, Said("Gold card fees", silver.statements))) == 1


def test_titles_may_word_one_subject_in_two_ways() -> None:
    one = Said("How long do refunds take?", ["Refunds take 5 days."])
    other = Said("Refund timing", ["A refund takes 10 days."])
    [found] = find_clashes(one, other)
    assert (found.statement, found.other_statement) == (one.statements[0], other.statements[0])


def test_what_is_known_already_is_not_said_anew() -> None:
    article = content(text="Refunds take 5 days. Ask the bank.")
    assert statements_of(article) == ["Refunds take 5 days.", "Ask the bank."]
    assert list(said_by(article, known=["Ask the bank."]).statements) == ["Refunds take 5 days."]


def test_a_tool_connection_claims_nothing() -> None:
    assert statements_of(content(ItemKind.TOOL_CONNECTION)) == []
