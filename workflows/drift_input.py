"""What a checkup is started with, what it returns, and how it and its schedule are found."""

from domain.base import Message
from domain.checkups import CheckupStart


class DriftInput(Message):
    """Which workspace to check, and what made it begin."""

    workspace: str
    started_by: CheckupStart = CheckupStart.SCHEDULE


class DriftResult(Message):
    """How many items drift, how many proposals came of it, and how many articles were taken out."""

    found: int
    proposed: int
    quarantined: int


def schedule_id_of(workspace: str) -> str:
    """Return the id of a workspace's schedule."""
    return f"drift/{workspace}"


def workflow_id_of_checkup(workspace: str) -> str:
    """Return the id of the workflow of a run that a person asked for."""
    return f"checkup/{workspace}"
