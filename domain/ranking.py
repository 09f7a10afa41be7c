"""How search orders what it found, and how sure it may be that an item answers the query.

The order is one number a passage, so that the database can sort by it; what the numbers mean as
probabilities is decided here, over all candidates of a search.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from typing import Literal

Source = Literal["content", "phrasing"]

LEXICAL_WEIGHT = 0.15
"""What all the words of a query in a passage add to the cosine similarity."""

PHRASING_OFFSET = -0.05
"""Added for a customer's phrasing: questions are nearer to questions than to the right answer."""

RIVALS = 9
"""How many of the other candidates an item is weighed against; give `confidences` one more."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that a search considers, by its passage of the highest rank.

    `similarity` is the cosine of query and passage. `lexical`, 0 to 1, is the share of the
    query's words in the passage as `ts_rank` gives it for the words joined by OR.
    """

    similarity: float
    lexical: float = 0.0
    source: Source = "content"


@dataclass(frozen=True, slots=True)
class Calibration:
    """The constants of `confidences` for one embedding model.

    `calibrated` tells whether they were measured with that model.
    """

    intercept: float
    slope: float
    rival_intercept: float
    rival_slope: float
    rivalry: float
    calibrated: bool = True


CALIBRATIONS = {
    "all-MiniLM-L6-v2": Calibration(
        intercept=-5.864,
        slope=16.472,
        rival_intercept=-2.99,
        rival_slope=10.871,
        rivalry=1.253,
    )
}
"""By the name of the embedding model, as `python -m bench.calibration` prints them."""

_FALLBACK = "all-MiniLM-L6-v2"


def calibration_of(model: str) -> Calibration:
    """Return the constants for the model.

    A model that nobody measured gets those of MiniLM, marked as not calibrated: its confidences
    order the hits as they should and lie between 0 and 1, and are no probabilities.
    """
    if model in CALIBRATIONS:
        return CALIBRATIONS[model]
    return replace(CALIBRATIONS[_FALLBACK], calibrated=False)


def rank(candidate: Candidate) -> float:
    """Return what search sorts by, the highest first: similarity + weight * lexical + offset.

    The same sum is in `store/sql`, with these constants as its parameters.
    """
    offset = PHRASING_OFFSET if candidate.source == "phrasing" else 0.0
    return candidate.similarity + LEXICAL_WEIGHT * candidate.lexical + offset


def confidences(candidates: Sequence[Candidate], model: str) -> list[float]:
    """Return for each candidate, in their order, the probability that it answers the query.

    `candidates` are different items, and all that the search considered rather than the k that
    are wanted: an item is the surer the further it is ahead of the others. Each value lies
    between 0 and 1, grows with the candidate's own rank, falls with that of its `RIVALS` nearest
    rivals, and orders candidates as `rank` does. One candidate alone is judged by its own rank.

    The formula is a conditional logit with an outside option, "nothing here answers it"
    (McFadden 1974), whose competition has a curve and an exponent of its own:
    odds = exp(a + b * rank) / (1 + sum over rivals of exp(c + d * rank)) ** e.
    """
    constants = calibration_of(model)
    ranks = [rank(candidate) for candidate in candidates]
    nearest = nlargest(RIVALS + 1, range(len(ranks)), key=ranks.__getitem__)
    weights = {
        index: math.exp(constants.rival_intercept + constants.rival_slope * ranks[index])
        for index in nearest
    }
    return [_confidence(constants, own, index, weights) for index, own in enumerate(ranks)]


def _confidence(constants: Calibration, own: float, index: int, weights: dict[int, float]) -> float:
    rivals = [weight for other, weight in weights.items() if other != index][:RIVALS]
    crowd = constants.rivalry * math.log1p(math.fsum(rivals))
    return 1 / (1 + math.exp(crowd - constants.intercept - constants.slope * own))
