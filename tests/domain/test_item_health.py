"""How an item fares: the posterior, its bounds, and the states that follow."""

from datetime import timedelta
from math import comb, pi, sin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.item_health import (
    FAILING,
    QUARANTINE,
    HealthState,
    ItemHealth,
    TrackRecord,
    beta_quantile,
    health_of,
    idle_for,
)
from tests.domain.builders import NOW

HALF_A_YEAR = timedelta(days=180)


def record(
    stayed: int = 0, failed: int = 0, *, days: int = 10, used: int | None = 0
) -> TrackRecord:
    """Return the record of a revision of `days` ago, which was last used `used` days ago."""
    return TrackRecord(
        since=NOW - timedelta(days=days),
        stayed=stayed,
        failed=failed,
        last_used_at=None if used is None else NOW - timedelta(days=used),
    )


def health(*args: int, days: int = 10, used: int | None = 0) -> ItemHealth:
    return health_of(record(*args, days=days, used=used), now=NOW, unused_after=HALF_A_YEAR)


@given(a=st.integers(1, 60), b=st.integers(1, 60), share=st.floats(0.01, 0.99))
def test_the_quantile_is_that_of_the_binomial_sum(a: int, b: int, share: float) -> None:
    """For whole numbers I_x(a, b) is P(X >= a) of a binomial X of a + b - 1 trials."""
    x = beta_quantile(share, a, b)
    trials = a + b - 1
    below = sum(comb(trials, k) * x**k * (1 - x) ** (trials - k) for k in range(a, trials + 1))
    assert below == pytest.approx(share, abs=1e-9)


@given(share=st.floats(0.01, 0.99))
def test_the_prior_is_the_arcsine_distribution(share: float) -> None:
    assert beta_quantile(share, 0.5, 0.5) == pytest.approx(sin(pi * share / 2) ** 2, abs=1e-9)


@given(stayed=st.integers(0, 5_000), failed=st.integers(0, 5_000))
def test_the_confidence_lies_between_its_bounds(stayed: int, failed: int) -> None:
    found = health(stayed, failed)
    assert 0 <= found.low <= found.high <= 1
    assert found.low <= found.confidence + 0.03
    assert found.high >= found.confidence - 0.03


def test_many_answers_that_held_are_healthy() -> None:
    found = health(33, 1)
    assert (found.state, found.used) == (HealthState.HEALTHY, 34)
    assert found.stayed_share == pytest.approx(0.97, abs=0.001)


def test_an_item_without_answers_has_no_share() -> None:
    assert health().stayed_share is None


@pytest.mark.parametrize(
    ("stayed", "failed", "state"),
    [
        (0, 2, HealthState.HEALTHY),
        (0, 3, HealthState.FAILING),
        (7, 3, HealthState.HEALTHY),
        (3, 7, HealthState.FAILING),
    ],
)
def test_it_takes_evidence_to_be_failing(stayed: int, failed: int, state: HealthState) -> None:
    assert health(stayed, failed).state is state


def test_quarantine_takes_more_than_a_proposal() -> None:
    doubtful, hopeless = health(4, 7), health(0, 5)
    assert FAILING.is_passed_by(doubtful)
    assert not QUARANTINE.is_passed_by(doubtful)
    assert QUARANTINE.is_passed_by(hopeless)


@pytest.mark.parametrize(
    ("days", "used", "state"),
    [
        (400, None, HealthState.UNUSED),
        (400, 179, HealthState.HEALTHY),
        (400, 180, HealthState.UNUSED),
        (179, None, HealthState.HEALTHY),
    ],
)
def test_an_item_is_unused_once_neither_used_nor_changed_for_long(
    days: int, used: int | None, state: HealthState
) -> None:
    assert health(days=days, used=used).state is state


def test_a_change_counts_as_use() -> None:
    assert idle_for(health(days=5, used=90), NOW) == timedelta(days=5)
