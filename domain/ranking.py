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

LEXICAL_WEIGHT = 0.25
"""What a lexical rank of 1 adds to the cosine similarity.

On rho_bank's long documents more would help and on CLINC150's one-line phrasings less would:
from 0 to 0.3 the first gains 3 points of the required documents, the second loses one of hits.
"""

PHRASING_OFFSET = -0.05
"""Added for a customer's phrasing: questions are nearer to questions than to the right answer."""

RIVALS = 9
"""How many of the other candidates an item is weighed against; give `confidences` one more."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item that a search considers, by its passage of the highest rank.

    `similarity` is the cosine of query and passage. `lexical`, 0 to 1, is Postgres'
    `ts_rank('{1,1,1,1}', passage, query)` for the query's words joined by OR, not normalised by
    length: the share of the words that the passage has, times 0.61 where it has each once.
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
        intercept=-5.944,
        slope=15.79,
        rival_intercept=-3.179,
        rival_slope=11.903,
        rivalry=1.081,
    )
}
"""By the name of the embedding model, as `python -m bench.calibration` prints them.

all-MiniLM-L6-v2, on intents that the fit has not seen (BANKING77 and CLINC150; knowledge bases of
1 to 90 articles with 0 to 20 phrasings each; half of 14,180 searches have no answer): expected
calibration error 0.020 of first hits and 0.007 of the first five, Brier score 0.082, AUC 0.958;
of first hits with a confidence of 0.5, 0.8 and 0.9 or more 90%, 95% and 96% are right.
"""

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
