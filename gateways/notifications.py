"""Tells people that a review waits for them. The worker's log is the channel that always exists."""

from typing import Protocol
from uuid import UUID

import structlog

from domain.base import Message
from domain.identity import ApiRole


class Notification(Message):
    """What people are told: nothing of the conversation, only where to look and by when."""

    workspace: str
    proposal_id: UUID
    occasion: str
    group: ApiRole
    assignee: str | None
    due_at: str | None
    address: str


class Notifier(Protocol):
    """One channel."""

    async def notify(self, notification: Notification) -> None:
        """Deliver it; raises OSError if the channel cannot be reached."""
        ...


class LogNotifier:
    """Writes notifications to the log, where `make demo` and operators see them."""

    def __init__(self) -> None:
        """Use the process's structured log."""
        self._log = structlog.get_logger("notifications")

    async def notify(self, notification: Notification) -> None:
        """Write one line; the assignee's name stays out of it."""
        await self._log.ainfo(
            "review_" + notification.occasion,
            proposal=str(notification.proposal_id),
            group=notification.group,
            due=notification.due_at,
            address=notification.address,
        )
