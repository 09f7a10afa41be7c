"""What sends a workspace's notices is started with, and how it and the digests are found."""

from uuid import UUID

from pydantic import AwareDatetime

from domain.base import Message


class Tried(Message):
    """Which delivery is being tried, and since when."""

    delivery_id: UUID
    since: AwareDatetime


class NoticesInput(Message):
    """Whose notices to send, and what an earlier run was trying when it handed over."""

    workspace: str
    tried: tuple[Tried, ...] = ()
    most_events: int = 4_000
    """How long a history may get before the next run takes over."""


class DigestsInput(Message):
    """Whose people to tell of their day."""

    workspace: str


def workflow_id_of_notices(workspace: str) -> str:
    """Return the id of the one workflow that sends a workspace's notices."""
    return f"notices/{workspace}"


def schedule_id_of_digest(workspace: str) -> str:
    """Return the id of a workspace's schedule of digests, and of its runs."""
    return f"digest/{workspace}"
