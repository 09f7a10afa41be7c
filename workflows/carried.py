"""What a workflow with reviews hands to the run that continues it."""

from collections.abc import Iterable
from itertools import islice
from typing import Self
from uuid import UUID

from domain.base import Message
from workflows.messages import CommandSignal, DecideSignal, EvidenceSignal, Signal
from workflows.review_state import ReviewState

MAX_SEEN = 1_000
"""How many signal ids are carried over; the record settles each decision once anyway."""


class Carried(Message):
    """The reviews as they stand, and the signals that were not taken up yet."""

    reviews: tuple[ReviewState, ...] = ()
    decisions: tuple[DecideSignal, ...] = ()
    commands: tuple[CommandSignal, ...] = ()
    evidence: tuple[EvidenceSignal, ...] = ()
    seen: tuple[UUID, ...] = ()
    ignored_signals: int = 0

    @classmethod
    def of(
        cls,
        *,
        reviews: Iterable[ReviewState],
        inbox: Iterable[Signal],
        seen: dict[UUID, None],
        ignored_signals: int,
    ) -> Self:
        """Return what a run knows; `seen` are the ids of its signals, in order."""
        waiting = tuple(inbox)
        return cls(
            reviews=tuple(reviews),
            decisions=tuple(s for s in waiting if isinstance(s, DecideSignal)),
            commands=tuple(s for s in waiting if isinstance(s, CommandSignal)),
            evidence=tuple(s for s in waiting if isinstance(s, EvidenceSignal)),
            seen=tuple(islice(seen, max(0, len(seen) - MAX_SEEN), None)),
            ignored_signals=ignored_signals,
        )

    @property
    def inbox(self) -> tuple[Signal, ...]:
        """The signals that were not taken up yet."""
        return (*self.decisions, *self.commands, *self.evidence)
