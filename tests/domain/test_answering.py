"""How certain an answer must be, by how past ones fared."""

import math

import pytest

from domain.answering import LEAST_JUDGED, Judged, bar_for


def judged(*runs: tuple[float, int, int]) -> list[Judged]:
    """Return queries: for each certainty so many right and so many wrong ones."""
    return [
        Judged(certainty, right)
        for certainty, rights, wrongs in runs
        for right in [True] * rights + [False] * wrongs
    ]


def test_nothing_is_said_of_few_queries() -> None:
    assert bar_for(judged((0.9, LEAST_JUDGED - 1, 0)), 0.02) is None


def test_the_bar_is_the_lowest_that_keeps_to_the_budget() -> None:
    past = judged((0.9, 150, 0), (0.7, 97, 3), (0.5, 50, 50))

    assert bar_for(past, 0.02) == 0.7


def test_more_errors_allowed_lower_the_bar() -> None:
    past = judged((0.9, 150, 0), (0.7, 97, 3), (0.5, 90, 10), (0.2, 10, 90))

    assert [bar_for(past, budget) for budget in (0.01, 0.02, 0.05)] == [0.9, 0.7, 0.5]


def test_of_one_certainty_all_queries_count_before_it_is_a_bar() -> None:
    past = judged((0.9, 100, 0), (0.6, 100, 20))

    assert bar_for(past, 0.02) == 0.9


@pytest.mark.parametrize("budget", [0.01, 0.02, 0.1])
def test_nothing_is_answered_where_even_the_surest_were_wrong(budget: float) -> None:
    past = judged((0.9, 100, 100))

    assert bar_for(past, budget) == math.inf
