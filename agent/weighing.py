"""What the signs of an answer are worth, learned from how past queries ended.

A logistic regression with an L2 penalty, fitted by Newton's method: a dozen weights, so that some
hundred judged queries are enough and nothing is kept but them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from domain.answering import (
    LEAST_LEARNED_FROM,
    LENIENCE,
    WINDOW,
    Judged,
    Signs,
    Standard,
    Weights,
    bar_for,
)

_PENALTY = 3.0
_NARROWEST = 1e-3
_STEPS = 30
_CLOSE = 1e-6

_Floats = NDArray[np.float64]


def standard_of(judged: Sequence[Judged], budget: float) -> Standard | None:
    """Return how sure answers must be, by the judged queries, newest first; None by too few.

    `budget` is the share of answers that may be wrong.
    """
    by_certainty = bar_for(judged[:WINDOW], budget)
    signed = [query for query in judged if query.signs is not None]
    weights = learn(signed)
    if weights is None:
        return None if by_certainty is None else Standard(by_certainty)
    newest = signed[:WINDOW]
    least = bar_for(newest, LENIENCE * budget)
    weighed = Standard(0.0, weights, 0.0 if least is None else least)
    again = [
        query._replace(certainty=weighed.sureness(query.certainty, query.signs)) for query in newest
    ]
    bar = bar_for(again, budget)
    return None if bar is None else Standard(bar, weights, weighed.least_certain)


def learn(judged: Sequence[Judged]) -> Weights | None:
    """Return what the signs are worth; None by too few queries with them, or if all ended alike.

    The bar is then set on queries that the weights were learned from: with a dozen of them and some
    hundred queries that is a little bold, which LENIENCE bounds. In streams of 10,000 it shows not.
    """
    known = [(query.signs, query.right) for query in judged if query.signs is not None]
    right = np.array([right for _, right in known], np.float64)
    if len(known) < LEAST_LEARNED_FROM or right.min() == right.max():
        return None
    signs: _Floats = np.array([signs for signs, _ in known], np.float64)
    mean, spread = signs.mean(axis=0), signs.std(axis=0) + _NARROWEST
    fitted = _fit((signs - mean) / spread, right)
    if fitted is None:
        return None
    of_signs = fitted[:-1] / spread
    constant = float(fitted[-1] - mean @ of_signs)
    return Weights(constant, tuple(float(weight) for weight in of_signs))


def _fit(signs: _Floats, right: _Floats) -> _Floats | None:
    """Return a weight for each column, the constant last, which has next to no penalty.

    None if it does not settle: then certainty alone goes on deciding.
    """
    columns = np.column_stack([signs, np.ones(len(signs))])
    penalty = np.diag([*[_PENALTY] * len(Signs._fields), _NARROWEST])
    weights = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        chance = (1 + np.tanh(columns @ weights / 2)) / 2
        slope = columns.T @ (chance - right) + penalty @ weights
        bend = (columns * (chance * (1 - chance))[:, None]).T @ columns + penalty
        step = np.asarray(np.linalg.solve(bend, slope), np.float64)
        weights = weights - step
        if np.abs(step).max() < _CLOSE:
            return weights
    return None
