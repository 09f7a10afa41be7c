"""What a confidence promises, whatever the candidates: bounds, order, and what moves it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ranking import (
    CALIBRATIONS,
    LEXICAL_WEIGHT,
    PHRASING_OFFSET,
    RIVALS,
    Candidate,
    calibration_of,
    confidences,
    rank,
)

MODEL = "all-MiniLM-L6-v2"

cosines = st.floats(min_value=-1, max_value=1)
candidates = st.builds(
    Candidate,
    similarity=cosines,
    lexical=st.floats(min_value=0, max_value=1),
    source=st.sampled_from(("content", "phrasing")),
)


def test_nothing_found_has_no_confidences():
    assert confidences([], MODEL) == []


@given(st.lists(candidates, min_size=1, max_size=30))
def test_every_confidence_lies_between_0_and_1(found: list[Candidate]):
    assert all(0 <= each <= 1 for each in confidences(found, MODEL))


@given(st.lists(candidates, min_size=2, max_size=30))
def test_confidences_order_the_candidates_as_their_ranks_do(found: list[Candidate]):
    by_rank = sorted(zip(map(rank, found), confidences(found, MODEL), strict=True))
    ordered = [confidence for _, confidence in by_rank]
    assert ordered == sorted(ordered)


@given(st.lists(candidates, max_size=12), cosines, cosines)
def test_confidence_grows_with_similarity(others: list[Candidate], one: float, two: float):
    low, high = sorted((one, two))
    before = confidences([Candidate(low), *others], MODEL)[0]
    assert before <= confidences([Candidate(high), *others], MODEL)[0]


@given(st.lists(candidates, min_size=1, max_size=12), candidates)
def test_another_candidate_never_makes_one_surer(found: list[Candidate], other: Candidate):
    before = confidences(found, MODEL)
    after = confidences([*found, other], MODEL)
    assert all(b >= a - 1e-12 for b, a in zip(before, after[:-1], strict=True))


def test_a_close_rival_makes_one_less_sure():
    alone = confidences([Candidate(0.7)], MODEL)[0]
    ahead = confidences([Candidate(0.7), Candidate(0.3)], MODEL)[0]
    close = confidences([Candidate(0.7), Candidate(0.69)], MODEL)[0]
    assert alone > ahead > close + 0.2


def test_the_crowd_beyond_the_rivals_changes_nothing():
    found = [Candidate(0.6), *[Candidate(0.4)] * RIVALS]
    assert confidences([*found, *[Candidate(0.39)] * 40], MODEL)[0] == confidences(found, MODEL)[0]


def test_an_item_behind_all_rivals_has_as_many_as_the_others():
    ahead = [Candidate(0.5)] * RIVALS
    crowded = confidences([*ahead, Candidate(0.5), Candidate(0.4)], MODEL)
    assert crowded[-1] == confidences([*ahead, Candidate(0.4)], MODEL)[-1]


def test_shared_words_raise_the_confidence():
    worded = confidences([Candidate(0.5, lexical=0.4)], MODEL)[0]
    assert worded > confidences([Candidate(0.5)], MODEL)[0]


@pytest.mark.parametrize(("similarity", "low", "high"), [(0.05, 0, 0.05), (0.95, 0.99, 1)])
def test_a_single_item_is_judged_by_itself(similarity: float, low: float, high: float):
    assert low <= confidences([Candidate(similarity)], MODEL)[0] <= high


def test_rank_is_the_sum_that_the_database_sorts_by():
    found = Candidate(0.5, lexical=0.4, source="phrasing")
    assert rank(found) == pytest.approx(0.5 + LEXICAL_WEIGHT * 0.4 + PHRASING_OFFSET)


def test_a_model_that_nobody_measured_says_so():
    assert not calibration_of("another-model").calibrated
    assert all(each.calibrated for each in CALIBRATIONS.values())


def test_a_model_that_nobody_measured_still_orders_and_bounds():
    best, other = confidences([Candidate(0.8), Candidate(0.6)], "another-model")
    assert 0 <= other < best <= 1


def test_the_same_candidates_give_the_same_confidences():
    found = [Candidate(0.61, 0.2), Candidate(0.6, 0.3, "phrasing"), Candidate(0.2)]
    assert confidences(found, MODEL) == confidences(found, MODEL)
