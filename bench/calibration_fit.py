"""Fits the constants of `domain.ranking` to searches whose right answers are known."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.ranking import RIVALS, Calibration

Floats = NDArray[np.float64]

FITTED_HITS = 5
"""How many hits of each search count: every hit has a confidence, not only the first."""

_START = (-6.0, 15.0, -6.0, 15.0, 1.0)
_STEP = 1e-3
_ENOUGH = 1e-5


@dataclass(frozen=True)
class Trials:
    """Searches with known answers, a row each, best candidate first: ranks, and what is right.

    Both arrays have 1 + RIVALS columns; a search with fewer candidates is filled with NaN.
    """

    ranks: Floats
    right: Floats


def confidence_table(trials: Trials, constants: Calibration) -> Floats:
    """Return the confidences of all candidates at once; the arithmetic of `domain.ranking`."""
    c = constants
    weight = np.nan_to_num(np.exp(c.rival_intercept + c.rival_slope * trials.ranks), nan=0.0)
    others = np.maximum(weight.sum(axis=1, keepdims=True) - weight, 0.0)
    log_odds = c.intercept + c.slope * trials.ranks - c.rivalry * np.log1p(others)
    return 1 / (1 + np.exp(-log_odds))


def fit(trials: Trials) -> Calibration:
    """Return the constants of the highest likelihood, found by a damped Newton's method."""
    hits = slice(0, min(FITTED_HITS, RIVALS + 1))
    right = trials.right[:, hits]
    known = ~np.isnan(right)

    def loss(point: Floats) -> float:
        sure = confidence_table(trials, _constants(point))[:, hits][known]
        sure = np.clip(sure, 1e-9, 1 - 1e-9)
        return float(-np.where(right[known] == 1, np.log(sure), np.log1p(-sure)).mean())

    return _constants(_minimise(loss, np.array(_START)).round(3))


def _constants(point: Floats) -> Calibration:
    intercept, slope, rival_intercept, rival_slope, rivalry = (float(each) for each in point)
    return Calibration(intercept, slope, rival_intercept, rival_slope, rivalry)


def _minimise(loss: Callable[[Floats], float], point: Floats) -> Floats:
    damping = 1e-2
    for _ in range(100):
        here = loss(point)
        gradient, curvature = _derivatives(loss, point, here)
        step = np.linalg.solve(curvature + damping * np.eye(len(point)), gradient)
        while not loss(point - step) < here:
            damping *= 5
            if damping > 1e6:
                return point
            step = np.linalg.solve(curvature + damping * np.eye(len(point)), gradient)
        point, damping = point - step, max(damping / 5, 1e-9)
        if np.abs(step).max() < _ENOUGH:
            break
    return point


def _derivatives(
    loss: Callable[[Floats], float], point: Floats, here: float
) -> tuple[Floats, Floats]:
    size = len(point)
    moves = np.eye(size) * _STEP
    ahead = np.array([loss(point + move) for move in moves])
    behind = np.array([loss(point - move) for move in moves])
    curvature = np.diag((ahead - 2 * here + behind) / _STEP**2)
    for i in range(size):
        for j in range(i):
            both = loss(point + moves[i] + moves[j])
            mixed = (both - ahead[i] - ahead[j] + here) / _STEP**2
            curvature[i, j] = curvature[j, i] = mixed
    return (ahead - behind) / (2 * _STEP), curvature
