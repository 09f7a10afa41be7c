"""When two drafts close one gap."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.knowledge import (
    ArticleContent,
    Change,
    ItemKind,
    Operation,
    ToolConnectionContent,
)
from domain.merging import (
    Likeness,
    are_at_odds,
    is_same_gap,
    merge_key,
    sentences_to_compare,
    text_to_compare,
)
from tests.domain.builders import change, content
from tests.domain.strategies import changes

similarities = st.floats(min_value=0, max_value=1)


def revision(item: int, operation: Operation = Operation.REVISE) -> Change:
    return Change(
        kind=ItemKind.ARTICLE,
        operation=operation,
        item_id=UUID(int=item),
        base_revision=1,
        content=content(),
    )


def tools(system: str, *names: str) -> Change:
    one = content(ItemKind.TOOL_CONNECTION)
    assert isinstance(one, ToolConnectionContent)
    listed = tuple(one.tools[0].model_copy(update={"name": name}) for name in names)
    return Change(
        kind=ItemKind.TOOL_CONNECTION,
        operation=Operation.ADD,
        content=one.model_copy(update={"system": system, "tools": listed}),
    )


@given(changes, changes, similarities)
def test_additions_of_two_kinds_never_merge(one: Change, other: Change, similarity: float) -> None:
    if one.kind is not other.kind:
        assert not is_same_gap(
            one,
            other_key=merge_key(other),
            likeness=Likeness(similarity=similarity, overlap=similarity),
        )


@given(similarities)
def test_changes_of_two_items_never_merge(similarity: float) -> None:
    assert not is_same_gap(
        revision(1),
        other_key=merge_key(revision(2)),
        likeness=Likeness(similarity=similarity, overlap=similarity),
    )
    assert not is_same_gap(
        revision(1),
        other_key=merge_key(change()),
        likeness=Likeness(similarity=similarity, overlap=similarity),
    )


@pytest.mark.parametrize("one", [revision(1), change(), change(ItemKind.POLICY)])
@given(near=similarities, far=similarities)
def test_texts_of_one_target_merge_by_meaning(one: Change, near: float, far: float) -> None:
    key = merge_key(one)
    assert is_same_gap(one, other_key=key, likeness=Likeness(similarity=1, overlap=1))
    assert not is_same_gap(one, other_key=key, likeness=Likeness(similarity=0, overlap=1))
    if near >= far and is_same_gap(
        one, other_key=key, likeness=Likeness(similarity=far, overlap=far)
    ):
        assert is_same_gap(one, other_key=key, likeness=Likeness(similarity=near, overlap=near))


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (tools("oms", "get", "put"), True),
        (tools("OMS", "put", "GET"), True),
        (tools("oms", "get"), False),
        (tools("crm", "get", "put"), False),
    ],
)
def test_new_tools_merge_by_system_and_names_alone(other: Change, same: bool) -> None:
    got = is_same_gap(
        tools("oms", "get", "put"),
        other_key=merge_key(other),
        likeness=Likeness(similarity=0, overlap=1),
    )
    assert got is same


def test_a_revision_is_compared_by_what_its_base_lacks() -> None:
    base = ArticleContent(title="Lost", question="Where?", answer="Ask us. We look.")
    new = base.model_copy(update={"answer": "Ask us. We look. It takes nine days."})
    changed = Change(
        kind=ItemKind.ARTICLE,
        operation=Operation.REVISE,
        item_id=UUID(int=1),
        base_revision=1,
        content=new,
    )
    assert text_to_compare(changed, base) == "It takes nine days."
    assert text_to_compare(changed, None) == new.search_text()
    assert text_to_compare(changed, new) == new.search_text()


def test_an_article_is_compared_by_its_answer_sentence_by_sentence() -> None:
    added = Change(
        kind=ItemKind.ARTICLE,
        operation=Operation.ADD,
        content=ArticleContent(title="Lost", question="Where?", answer="Ask us. We look."),
    )
    assert sentences_to_compare(added, None) == ["Ask us.", "We look."]


def test_near_texts_need_the_same_sentences() -> None:
    one = change()
    near = Likeness(similarity=0.6, overlap=0.4)
    assert not is_same_gap(one, other_key=merge_key(one), likeness=near)
    same = near.model_copy(update={"overlap": 0.7})
    assert is_same_gap(one, other_key=merge_key(one), likeness=same)


@pytest.mark.parametrize(
    ("other", "odds"),
    [
        ("When there is no insurance, do not cancel the trip within 24 hours.", False),
        (
            "The trip is not cancelled: do not cancel it when there is no insurance; 24 hours.",
            False,
        ),
        ("When there is no insurance, do not cancel the trip.", False),
        ("When there is insurance, do not cancel the trip within 24 hours.", True),
        ("When there is no insurance, do not cancel the trip within 48 hours.", True),
    ],
)
def test_rules_that_differ_by_a_number_or_a_no_are_at_odds(other: str, odds: bool) -> None:
    one = "If there is no insurance, do not cancel the trip within 24 hours."
    assert are_at_odds(one, other) is odds
    assert are_at_odds(other, one) is odds


def test_rules_at_odds_never_merge() -> None:
    rule = change(ItemKind.POLICY)
    likeness = Likeness(similarity=1, overlap=1, at_odds=True)
    assert not is_same_gap(rule, other_key=merge_key(rule), likeness=likeness)


def test_rules_on_one_action_need_the_same_sentences() -> None:
    likeness = Likeness(similarity=1, overlap=0.4)
    article, rule = change(), change(ItemKind.POLICY)
    assert is_same_gap(article, other_key=merge_key(article), likeness=likeness)
    assert not is_same_gap(rule, other_key=merge_key(rule), likeness=likeness)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cancel the trip (`cancel_trip`).", "Book the trip (`book_trip`)."),
        ("Give a voucher (`give_voucher`) of $50.", "Give a voucher (`give_voucher`) afterwards."),
    ],
)
def test_rules_that_call_tools_are_exact(one: str, other: str) -> None:
    assert are_at_odds(one, other)
    assert not are_at_odds(one.replace("`", ""), one)
