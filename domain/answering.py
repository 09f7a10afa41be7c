"""How sure the agent must be before it answers: by how it fared, and by the errors allowed.

What a query's certainty is, each agent says for itself; only their order matters here.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import mul
from typing import NamedTuple

LEAST_JUDGED = 100
"""With fewer judged queries nothing is said: one error more or less would move the bar too far."""

LEAST_LEARNED_FROM = 400
"""With fewer judged queries the signs are not weighed: certainty alone decides."""

WINDOW = 1_000
"""How many of the newest judged queries the bar goes by: with each wording that is learned, the
same certainty means more or less than before."""

LEARNED_FROM = 2_000
"""How many of the newest judged queries the weights of the signs go by."""

LENIENCE = 1.5
"""By certainty alone too, answers must keep to so many times the budget. The weights are learned
from what is asked often; certainty also knows when nothing is near to what nobody has asked before.
Of CLINC150's out-of-scope queries 3.5% were answered with twice the budget and 1.5% with this, for
two points of autonomy less; BANKING77 loses next to nothing."""


class Signs(NamedTuple):
    """What speaks for an item being the answer to a query; see `agent.certainty`.

    A `lead` is over the best of the other items. They are stored in this order.
    """

    odds: float
    """Log-odds of the mean of `share` and `fit`."""
    odds_lead: float
    share: float
    """The item's share of all votes."""
    share_lead: float
    fit: float
    """How like the item's wordings the query is, and unlike the others'; 0 to 1."""
    fit_lead: float
    nearest: float
    """Cosine of the nearest wording."""
    five_nearest: float
    """Mean cosine of the five nearest wordings."""
    nearest_lead: float
    wordings: float
    """Logarithm of their number."""
    words: float
    """The most that one wording has of the query's words; as `domain.ranking.Candidate.lexical`."""
    nearness: float
    """Logarithm of all votes for all items: how near the query is to anything."""


class Judged(NamedTuple):
    """A past query: how certain the agent was of the item it found, and whether it was right.

    It is judged whether the agent answered or not. An answer that no intervention followed was
    right, as far as anybody knows; where a human stepped in, the item that they led to tells.
    """

    certainty: float
    right: bool
    signs: Signs | None = None


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each sign counts for the log-odds that the item is the right one."""

    constant: float
    of_signs: tuple[float, ...]

    def chance(self, signs: Signs) -> float:
        """Return the probability that the item is the right one."""
        odds = self.constant + math.fsum(map(mul, self.of_signs, signs))
        return (1 + math.tanh(odds / 2)) / 2


@dataclass(frozen=True, slots=True)
class Standard:
    """How sure the agent must be to answer: its sureness of an item has to reach the bar.

    Where the signs are weighed, nothing is sure of which the certainty is below `least_certain`.
    """

    bar: float
    weights: Weights | None = None
    least_certain: float = 0.0

    def sureness(self, certainty: float, signs: Signs | None) -> float:
        """Return how sure to be of an item, 0 to 1: its chance, or certainty if none is known."""
        if not self.weighs(certainty, signs):
            return 0.0
        return certainty if self.weights is None or signs is None else self.weights.chance(signs)

    def weighs(self, certainty: float, signs: Signs | None) -> bool:
        """Return whether an item can be sure at all: certain enough, with signs if they count."""
        return self.weights is None or (signs is not None and certainty >= self.least_certain)


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
