"""What is cut stays whole: no word is lost, and no passage is longer than a model sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.knowledge import ArticleContent, PolicyContent
from domain.passages import MOST_PASSAGES, PASSAGE_WORDS, cut

texts = st.lists(st.integers(min_value=0, max_value=300), max_size=30).map(
    lambda lengths: "\n".join(" ".join(f"w{n}" for n in range(length)) for length in lengths)
)
"""Lines of any number of words."""


def long_text(words: int) -> str:
    return " ".join(f"word{number}" for number in range(words))


def test_a_short_text_stays_as_it_is():
    assert cut("Within 30 days.\n\n  From delivery.") == ("Within 30 days.\n\n  From delivery.",)


@given(texts)
def test_no_word_is_lost(text: str):
    assert " ".join(cut(text)).split() == text.split()


@given(texts)
def test_no_passage_is_longer_than_a_model_sees(text: str):
    longest = max(PASSAGE_WORDS, len(text.split()) / MOST_PASSAGES + 1)
    assert all(len(part.split()) <= longest for part in cut(text))


@given(texts)
def test_the_number_of_passages_is_bounded(text: str):
    assert len(cut(text)) < 2 * MOST_PASSAGES


def test_passages_end_where_lines_end():
    lines = [long_text(50)] * 8
    assert cut("\n".join(lines)) == tuple("\n".join(lines[n : n + 3]) for n in (0, 3, 6))


def test_a_long_line_is_cut_where_a_passage_is_full():
    assert [len(part.split()) for part in cut(long_text(400))] == [180, 180, 40]


def test_a_very_long_text_has_longer_passages_not_more():
    assert len(cut(long_text(PASSAGE_WORDS * 100))) == MOST_PASSAGES


def test_each_passage_of_an_article_starts_with_its_title():
    content = ArticleContent(title="Returns", question="How long?", answer=long_text(400))
    question, title, *answers = content.passages()
    assert (question, title) == ("How long?", "Returns")
    assert len(answers) == 3
    assert all(answer.startswith("Returns\nword") for answer in answers)


@pytest.mark.parametrize("field", ["rule", "exceptions"])
def test_each_passage_of_a_policy_starts_with_its_title(field: str):
    content = PolicyContent.model_validate(
        {"title": "Returns", "rule": "30 days."} | {field: long_text(400)}
    )
    found = [passage for passage in content.passages() if "word" in passage]
    assert len(found) == 3
    assert all(passage.startswith("Returns\nword") for passage in found)


def test_a_short_policy_has_its_exceptions_alone():
    content = PolicyContent(title="Returns", rule="30 days.", exceptions="Not for gifts.")
    assert content.passages() == ("Returns", "Returns\n30 days.", "Not for gifts.")
