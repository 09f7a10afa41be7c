"""What an intervention's workflow is started with, and what it returns."""

from uuid import UUID

from domain.base import Message
from domain.conversation import InterventionStatus
from workflows.messages import CommandSignal, DecideSignal, EvidenceSignal, Signal
from workflows.review_state import ReviewState

MAX_SEEN = 1_000
"""How many signal ids are carried over; the record settles each decision once anyway."""


class InterventionInput(Message):
    """Which intervention to learn from; the rest is carried over by continue-as-new."""

    workspace: str
    intervention_id: UUID
    reviews: tuple[ReviewState, ...] = ()
    merged: int = 0
    decisions: tuple[DecideSignal, ...] = ()
    commands: tuple[CommandSignal, ...] = ()
    evidence: tuple[EvidenceSignal, ...] = ()
    seen: tuple[UUID, ...] = ()
    ignored_signals: int = 0
    is_continued: bool = False

    def carried_over(
        self,
        *,
        reviews: tuple[ReviewState, ...],
        merged: int,
        inbox: tuple[Signal, ...],
        seen: tuple[UUID, ...],
        ignored_signals: int,
    ) -> "InterventionInput":
        """Return the input of the run that continues this one, with signals not taken up yet."""
        return InterventionInput(
            workspace=self.workspace,
            intervention_id=self.intervention_id,
            reviews=reviews,
            merged=merged,
            decisions=tuple(s for s in inbox if isinstance(s, DecideSignal)),
            commands=tuple(s for s in inbox if isinstance(s, CommandSignal)),
            evidence=tuple(s for s in inbox if isinstance(s, EvidenceSignal)),
            seen=seen[-MAX_SEEN:],
            ignored_signals=ignored_signals,
            is_continued=True,
        )


class InterventionResult(Message):
    """How it ended."""

    status: InterventionStatus
    applied: int = 0
