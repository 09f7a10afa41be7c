"""What a change request's workflow is started with, and what it returns."""

from uuid import UUID

from domain.base import Message
from domain.change_requests import ChangeRequestStatus
from workflows.carried import Carried


class ChangeRequestInput(Message):
    """Which request to see through; the rest is carried over by continue-as-new."""

    workspace: str
    request_id: UUID
    carried: Carried | None = None


class ChangeRequestResult(Message):
    """How it ended."""

    status: ChangeRequestStatus
    applied: int = 0
