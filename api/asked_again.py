"""Answers to the queries of applied proposals, kept while the knowledge stands as it does.

In memory, for each process.
"""

from collections import OrderedDict
from typing import NamedTuple
from uuid import UUID

from domain.cases import AskResult

_MOST = 500


class AskedAt(NamedTuple):
    """What an answer holds for: a release, unless an erasure has taken words out of it since."""

    workspace: str
    proposal_id: UUID
    release: int
    erasures: int


class AskedAgain:
    """The answers that were used last."""

    def __init__(self, most: int = _MOST) -> None:
        """Keep at most so many."""
        self._most = most
        self._kept: OrderedDict[AskedAt, AskResult] = OrderedDict()

    def get(self, moment: AskedAt) -> AskResult | None:
        """Return the answer of a moment, if it is still here."""
        if moment in self._kept:
            self._kept.move_to_end(moment)
        return self._kept.get(moment)

    def put(self, moment: AskedAt, answer: AskResult) -> None:
        """Keep an answer; the one used longest ago goes."""
        self._kept[moment] = answer
        self._kept.move_to_end(moment)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
