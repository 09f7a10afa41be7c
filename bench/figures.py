"""Arithmetic on measurements: medians, percentiles and ratios. Nothing is measured here."""

import math
from collections.abc import Sequence
from statistics import median

__all__ = ["median", "milliseconds", "percentile", "ratio"]


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the nearest-rank percentile: the smallest value that `percent` of them do not exceed.

    No value is made up by interpolation; with 50 values the 99th percentile is the greatest.
    Raises ValueError without values or outside (0, 100].
    """
    if not values or not 0 < percent <= 100:
        raise ValueError("a percentile needs values, and a share above 0 up to 100")
    return sorted(values)[math.ceil(percent / 100 * len(values)) - 1]


def ratio(value: float, floor: float) -> float:
    """Return `value / floor`; raises ValueError for a floor that is not positive."""
    if floor <= 0:
        raise ValueError("a ratio needs a floor above 0")
    return value / floor


def milliseconds(seconds: float) -> float:
    """Return seconds as milliseconds with one decimal."""
    return round(seconds * 1_000, 1)
