"""How sure the agent must be before it answers: by how it fared, and by the errors allowed.

What a query's certainty is, each agent says for itself; only their order matters here.
"""

import math
from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

LEAST_JUDGED = 200
"""With fewer judged queries nothing is said: one error more or less would move the bar too far."""

WINDOW = 1_000
"""How many of the newest judged queries are looked at: with each wording that is learned, the same
certainty means more or less than before."""


class Judged(NamedTuple):
    """A past query: how certain the agent was of the item it found, and whether it was right.

    It is judged whether the agent answered or not. An answer that no intervention followed was
    right, as far as anybody knows; where a human stepped in, the item that they led to tells.
    """

    certainty: float
    right: bool


def bar_for(judged: Sequence[Judged], budget: float) -> float | None:
    """Return the least certainty at which answers keep to the budget, or None if none is known.

    `budget` is the share of answers that may be wrong. Of all bars at which the judged queries
    above it keep to that with one wrong answer more, the lowest is returned: it answers most. The
    one more is the margin for chance of conformal risk control (Angelopoulos, Bates, Fisch, Lei and
    Schuster, 2022). Infinity where no bar keeps to it. None with fewer than LEAST_JUDGED queries.
    """
    if len(judged) < LEAST_JUDGED:
        return None
    bar, asked, wrong = math.inf, 0, 0
    surest_first = sorted(judged, key=lambda query: -query.certainty)
    for certainty, alike in groupby(surest_first, key=lambda query: query.certainty):
        fared = [query.right for query in alike]
        asked += len(fared)
        wrong += fared.count(False)
        if wrong + 1 <= budget * (asked + 1):
            bar = certainty
    return bar
