import pytest

from bench.figures import median, milliseconds, percentile, ratio


@pytest.mark.parametrize(
    ("percent", "expected"), [(1, 1), (50, 50), (50.5, 51), (99, 99), (99.5, 100), (100, 100)]
)
def test_percentile_is_the_nearest_rank(percent: float, expected: int) -> None:
    assert percentile(list(range(100, 0, -1)), percent) == expected


def test_the_99th_percentile_of_fifty_is_the_greatest() -> None:
    assert percentile([*range(49), 1_000], 99) == 1_000


@pytest.mark.parametrize(("values", "percent"), [([], 50), ([1.0], 0), ([1.0], 101)])
def test_percentile_refuses_what_has_no_answer(values: list[float], percent: float) -> None:
    with pytest.raises(ValueError, match="percentile"):
        percentile(values, percent)


def test_ratio_divides_by_the_floor() -> None:
    assert ratio(3, 4) == 0.75


def test_ratio_refuses_a_floor_of_nothing() -> None:
    with pytest.raises(ValueError, match="floor"):
        ratio(3, 0)


def test_median_of_an_even_number_lies_between() -> None:
    assert median([4, 1, 3, 2]) == 2.5


def test_milliseconds_have_one_decimal() -> None:
    assert milliseconds(0.012_36) == 12.4
