"""What an intervention's workflow is started with, and what it returns."""

from uuid import UUID

from domain.base import Message
from domain.conversation import InterventionStatus
from workflows.carried import Carried


class InterventionInput(Message):
    """Which intervention to learn from; the rest is carried over by continue-as-new."""

    workspace: str
    intervention_id: UUID
    merged: int = 0
    carried: Carried | None = None


class InterventionResult(Message):
    """How it ended."""

    status: InterventionStatus
    applied: int = 0
