"""What the workflow of a workspace's batches is started with, and how it is found."""

from domain.base import Message


def workflow_id_of_batches(workspace: str) -> str:
    """Return the id of the one workflow that looks after a workspace's batches."""
    return f"batch-analysis/{workspace}"


class BatchAnalysisInput(Message):
    """Whose batches to look after; the rest is carried over by continue-as-new."""

    workspace: str
    polls: int = 0
    """How often the run before it has looked; 0 for the first."""
