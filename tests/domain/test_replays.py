"""What a replay shows: of one run each way, of several, and of golden queries."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cases import AskResult
from domain.golden import Expectation, Expected
from domain.proposals import ActionReplay, ReplayCase, ReplayEffect
from domain.replays import Judged, judge_runs, with_actions
from tests.domain.builders import asked

CHANGED, OTHER = UUID(int=1), UUID(int=2)
HANDED_OFF = asked("", answered=False)


def effect_of(
    before: AskResult,
    after: AskResult,
    *,
    intervened: bool = False,
    expected: Expected | None = None,
    **known: bool,
) -> ReplayEffect:
    judged = judge_runs(
        [before], [after], changed_item=CHANGED, intervened=intervened, expected=expected, **known
    )
    return judged.effect


@pytest.mark.parametrize("intervened", [False, True])
@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (asked(), asked("yes"), ReplayEffect.FIXED),
        (asked("yes"), asked(), ReplayEffect.BROKEN),
        (asked("yes"), asked("yes"), ReplayEffect.SAME),
        (asked("yes"), asked("yes", uses=CHANGED), ReplayEffect.SAME),
        (asked(), asked(), ReplayEffect.SAME),
        (asked("a", answered=False), asked("b", answered=False), ReplayEffect.SAME),
        (
            asked("a", answered=False),
            asked("b", answered=False, uses=CHANGED),
            ReplayEffect.SAME,
        ),
        (asked("yes"), asked("no", uses=OTHER), ReplayEffect.CHANGED),
        (asked("yes", uses=CHANGED), asked("no"), ReplayEffect.CHANGED),
    ],
)
def test_one_run_each_way(
    before: AskResult, after: AskResult, effect: ReplayEffect, intervened: bool
) -> None:
    assert effect_of(before, after, intervened=intervened) is effect


@pytest.mark.parametrize(
    ("intervened", "effect"), [(True, ReplayEffect.FIXED), (False, ReplayEffect.CHANGED)]
)
def test_another_answer_from_the_changed_item_fixes_only_where_a_human_intervened(
    intervened: bool, effect: ReplayEffect
) -> None:
    after = asked("no", uses=CHANGED)
    assert effect_of(asked("yes"), after, intervened=intervened) is effect


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (asked(), asked("yes"), ReplayEffect.CHANGED),
        (asked("no"), asked("yes", uses=CHANGED), ReplayEffect.CHANGED),
        (asked("yes"), asked(), ReplayEffect.BROKEN),
        (asked("yes"), asked("yes"), ReplayEffect.SAME),
    ],
)
def test_what_people_wanted_otherwise_is_not_fixed_by_being_answered(
    before: AskResult, after: AskResult, effect: ReplayEffect
) -> None:
    assert effect_of(before, after, intervened=True, wanted_otherwise=True) is effect


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (asked("no"), asked(), ReplayEffect.CHANGED),
        (asked(), asked("yes"), ReplayEffect.FIXED),
        (asked("no"), asked("no"), ReplayEffect.SAME),
    ],
)
def test_to_lose_a_wrong_answer_breaks_nothing(
    before: AskResult, after: AskResult, effect: ReplayEffect
) -> None:
    assert effect_of(before, after, known_wrong=True) is effect


def of_runs(before: str, after: str, *, intervened: bool = False) -> Judged:
    """Judge runs written as letters: `-` is a hand-off, any other letter an answer."""
    return judge_runs(
        [asked("" if letter == "-" else letter) for letter in before],
        [asked("" if letter == "-" else letter, uses=CHANGED) for letter in after],
        changed_item=CHANGED,
        intervened=intervened,
    )


@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        ("---", "aaa", ReplayEffect.FIXED),
        ("---", "aa-", ReplayEffect.CHANGED),
        ("a--", "aaa", ReplayEffect.FIXED),
        ("aaa", "aa-", ReplayEffect.BROKEN),
        ("aa-", "---", ReplayEffect.CHANGED),
        ("---", "---", ReplayEffect.SAME),
        ("aaa", "aaa", ReplayEffect.SAME),
        ("aaa", "bbb", ReplayEffect.CHANGED),
    ],
)
def test_it_is_fixed_only_if_all_runs_pass(before: str, after: str, effect: ReplayEffect) -> None:
    assert of_runs(before, after).effect is effect


def test_a_broken_case_shows_a_run_that_failed() -> None:
    judged = of_runs("aaa", "ab-")
    assert (judged.before.answered, judged.after.answered) == (True, False)
    assert (judged.passed_before, judged.passed) == (3, 2)


def test_a_fixed_case_shows_a_run_that_had_failed() -> None:
    judged = of_runs("a-a", "aaa")
    assert (judged.before.answered, judged.after.answered) == (False, True)


def test_the_wording_of_a_model_is_no_change_where_it_rests_on_the_same_items() -> None:
    before = [asked("a", uses=OTHER), asked("b", uses=OTHER)]
    after = [asked("c", uses=OTHER), asked("d", uses=OTHER)]
    judged = judge_runs(before, after, changed_item=CHANGED, intervened=False)
    assert judged.effect is ReplayEffect.SAME


@given(st.text("-ab", min_size=1, max_size=5), st.text("-ab", min_size=1, max_size=5))
def test_nothing_that_fails_once_is_fixed_and_nothing_that_passes_always_is_broken(
    before: str, after: str
) -> None:
    judged = of_runs(before, after, intervened=True)
    if judged.effect is ReplayEffect.FIXED:
        assert "-" not in after
    if judged.effect is ReplayEffect.BROKEN:
        assert "-" not in before
        assert "-" in after


FIVE_DAYS = Expected(expects=Expectation.ANSWERED, must_contain=("5 DAYS",))
HANDOFF = Expected(expects=Expectation.HANDOFF)
FROM_ITEM = Expected(expects=Expectation.ANSWERED, item_id=OTHER)


@pytest.mark.parametrize(
    ("expected", "before", "after", "effect"),
    [
        (FIVE_DAYS, asked("In 5 days."), asked("In 9 days."), ReplayEffect.BROKEN),
        (FIVE_DAYS, asked("In 9 days."), asked("In 5 days."), ReplayEffect.FIXED),
        (FIVE_DAYS, asked("In 5 days."), asked("5 days."), ReplayEffect.CHANGED),
        (FIVE_DAYS, asked("In 9 days."), asked(), ReplayEffect.CHANGED),
        (FIVE_DAYS, asked(), asked(), ReplayEffect.SAME),
        (HANDOFF, asked(), asked("yes"), ReplayEffect.BROKEN),
        (HANDOFF, asked("yes"), asked(), ReplayEffect.FIXED),
        (FROM_ITEM, asked("a", uses=OTHER), asked("a", uses=CHANGED), ReplayEffect.BROKEN),
    ],
)
@pytest.mark.parametrize("intervened", [False, True])
def test_a_golden_query_is_judged_by_what_is_expected_of_it(
    expected: Expected,
    before: AskResult,
    after: AskResult,
    effect: ReplayEffect,
    intervened: bool,
) -> None:
    assert effect_of(before, after, expected=expected, intervened=intervened) is effect
    known = {"known_wrong": True, "wanted_otherwise": True}
    assert effect_of(before, after, expected=expected, intervened=intervened, **known) is effect


def test_an_intervened_golden_query_is_not_fixed_by_another_wrong_answer() -> None:
    after = asked("In 8 days.", uses=CHANGED)
    effect = effect_of(asked("In 9 days."), after, expected=FIVE_DAYS, intervened=True)
    assert effect is ReplayEffect.CHANGED


def test_a_query_that_should_be_handed_off_has_no_answer_to_look_at() -> None:
    with pytest.raises(ValueError, match="handed off"):
        Expected(expects=Expectation.HANDOFF, must_contain=("5 days",))


BROKEN, FIXED, SAME = ReplayEffect.BROKEN, ReplayEffect.FIXED, ReplayEffect.SAME


@pytest.mark.parametrize(
    ("by_answer", "in_systems", "is_whole", "effect"),
    [
        (SAME, FIXED, True, FIXED),
        (SAME, BROKEN, False, BROKEN),
        (FIXED, BROKEN, False, BROKEN),
        (BROKEN, FIXED, True, BROKEN),
        (FIXED, SAME, True, FIXED),
        (FIXED, SAME, False, ReplayEffect.CHANGED),
        (FIXED, ReplayEffect.CHANGED, False, ReplayEffect.CHANGED),
        (SAME, SAME, False, SAME),
    ],
)
def test_an_answer_does_not_fix_what_the_human_did_in_systems(
    by_answer: ReplayEffect, in_systems: ReplayEffect, is_whole: bool, effect: ReplayEffect
) -> None:
    case = ReplayCase(query="?", effect=by_answer, before=asked(), after=asked())
    actions = ActionReplay(effect=in_systems, before="a", after="b", is_whole=is_whole)
    joined = with_actions(case, actions)
    assert (joined.effect, joined.answer_effect) == (effect, by_answer)
    assert joined.in_systems == actions
