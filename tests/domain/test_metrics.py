"""Rules of the figures: shares, what a change prevented, and what may be concluded."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.metrics import Direction, Effect, Ends, difference_bounds, wilson_bounds

_COUNTS = st.integers(0, 2_000)


def effect(before: int, human: int, after: Ends) -> Effect:
    return Effect(
        item_id=UUID(int=1),
        title="Refunds",
        release=1,
        since=datetime(2026, 1, 1, tzinfo=UTC),
        before=before,
        before_human=human,
        after=after,
    )


@given(_COUNTS, _COUNTS, _COUNTS, _COUNTS)
def test_the_four_shares_make_a_whole(right: int, unsettled: int, wrong: int, off: int) -> None:
    ends = Ends(right=right, unsettled=unsettled, wrong=wrong, handed_off=off)

    if not ends.total:
        assert ends.autonomy is None
        return
    shares = (ends.autonomy, ends.share(wrong), ends.share(off))
    assert sum(share or 0 for share in shares) == pytest.approx(1)
    assert (ends.settled_autonomy or 0) <= (ends.autonomy or 0)


@pytest.mark.parametrize(
    ("before", "human", "after", "prevented", "settled", "direction"),
    [
        (10, 10, Ends(right=20, handed_off=2), 20, 20, Direction.FEWER),
        (10, 5, Ends(right=8, handed_off=2), 3, 3, Direction.UNCLEAR),
        (10, 5, Ends(right=4, unsettled=4, handed_off=2), 3, 1, Direction.UNCLEAR),
        (40, 4, Ends(right=10, wrong=30), 0, 0, Direction.MORE),
        (4, 4, Ends(right=100), 100, 100, Direction.TOO_FEW),
        (100, 100, Ends(right=4), 4, 4, Direction.TOO_FEW),
        (10, 10, Ends(), None, None, Direction.UNUSED),
        (0, 0, Ends(right=9), None, None, Direction.TOO_FEW),
    ],
)
def test_what_a_change_prevented(
    before: int,
    human: int,
    after: Ends,
    prevented: int | None,
    settled: int | None,
    direction: Direction,
) -> None:
    found = effect(before, human, after)

    assert (found.prevented, found.prevented_settled, found.direction) == (
        prevented,
        settled,
        direction,
    )


def test_bounds_are_those_of_the_literature() -> None:
    # Newcombe (1998), "Two-sided confidence intervals for the single proportion", table I: 81/263.
    assert wilson_bounds(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    # Newcombe (1998), "Interval estimation for the difference", table II (a): 56/70 and 48/80.
    low, high = difference_bounds((48, 80), (56, 70))
    assert (low, high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@given(st.integers(1, 500), st.integers(0, 500))
def test_bounds_hold_the_share(cases: int, hits: int) -> None:
    hits = min(hits, cases)

    low, high = wilson_bounds(hits, cases)

    assert 0 <= low <= hits / cases + 1e-12
    assert hits / cases - 1e-12 <= high <= 1
