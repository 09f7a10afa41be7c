"""How well confidences agree with what happened: calibration error, Brier score, AUC, accuracy."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel

THRESHOLDS = (0.5, 0.8, 0.9)
_BINS = 10

Floats = NDArray[np.float64]


class Bin(BaseModel):
    """One row of a reliability table: what was promised and what came true."""

    low: float
    high: float
    count: int
    promised: float
    came_true: float


class Accepted(BaseModel):
    """What comes of trusting hits from a confidence on: how many, and the share that is right."""

    confidence: float
    share: float
    accuracy: float


class CalibrationFigures(BaseModel):
    """How the confidences of a set of hits agree with which of them were right.

    `ece` is the expected calibration error over ten bins of equal width (Naeini et al. 2015),
    `brier` the mean squared error (Brier 1950), `auc` the chance that a right hit is surer than a
    wrong one, 0.5 where all are right or all wrong.
    """

    hits: int
    right: float
    ece: float
    brier: float
    auc: float
    accepted: list[Accepted]
    reliability: list[Bin]


def figures_of(confidences: Sequence[float], right: Sequence[bool]) -> CalibrationFigures:
    """Return the figures of hits with their confidences and whether each was right."""
    promised, true = np.asarray(confidences, np.float64), np.asarray(right, np.float64)
    table = _reliability(promised, true)
    error = sum(row.count * abs(row.promised - row.came_true) for row in table) / len(promised)
    return CalibrationFigures(
        hits=len(promised),
        right=_round(true.mean()),
        ece=_round(error),
        brier=_round(((promised - true) ** 2).mean()),
        auc=_round(_auc(promised, true)),
        accepted=[_accepted(promised, true, threshold) for threshold in THRESHOLDS],
        reliability=[
            row.model_copy(
                update={"promised": _round(row.promised), "came_true": _round(row.came_true)}
            )
            for row in table
        ],
    )


def _reliability(promised: Floats, true: Floats) -> list[Bin]:
    place = np.minimum((promised * _BINS).astype(int), _BINS - 1)
    return [
        Bin(
            low=index / _BINS,
            high=(index + 1) / _BINS,
            count=int(inside.sum()),
            promised=float(promised[inside].mean()),
            came_true=float(true[inside].mean()),
        )
        for index in range(_BINS)
        if (inside := place == index).any()
    ]


def _accepted(promised: Floats, true: Floats, threshold: float) -> Accepted:
    chosen = promised >= threshold
    accuracy = float(true[chosen].mean()) if chosen.any() else 0.0
    return Accepted(confidence=threshold, share=_round(chosen.mean()), accuracy=_round(accuracy))


def _auc(promised: Floats, true: Floats) -> float:
    """Return the Mann-Whitney statistic as a share; ties count half."""
    positive, negative = promised[true == 1], np.sort(promised[true == 0])
    if not len(positive) or not len(negative):
        return 0.5
    below = np.searchsorted(negative, positive, side="left")
    ties = np.searchsorted(negative, positive, side="right") - below
    return float((below + ties / 2).sum() / (len(positive) * len(negative)))


def _round(number: float) -> float:
    return round(float(number), 4)
