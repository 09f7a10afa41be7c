"""What sends a workspace's notices is started with, and how it and the digests are found."""

from domain.base import Message


class NoticesInput(Message):
    """Whose notices to send."""

    workspace: str


class DigestsInput(Message):
    """Whose people to tell of their day."""

    workspace: str


def workflow_id_of_notices(workspace: str) -> str:
    """Return the id of the one workflow that sends a workspace's notices."""
    return f"notices/{workspace}"


def schedule_id_of_digest(workspace: str) -> str:
    """Return the id of a workspace's schedule of digests, and of its runs."""
    return f"digest/{workspace}"
