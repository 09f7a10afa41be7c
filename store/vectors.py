"""A text's vector with the model that it is of: vectors of two models cannot be compared."""

from collections.abc import Sequence
from typing import NamedTuple


class Embedding(NamedTuple):
    """A vector of length 1 in the space of one model."""

    model: str
    values: Sequence[float]
