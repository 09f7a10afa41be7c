"""What an intervention's workflow is started with, and what it returns."""

from uuid import UUID

from domain.base import Message
from domain.conversation import InterventionStatus
from workflows.messages import CommandSignal, DecideSignal, EvidenceSignal
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


class InterventionResult(Message):
    """How it ended."""

    status: InterventionStatus
    applied: int = 0
