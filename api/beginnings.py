"""With what the workflow of an origin is started. Delivery starts it."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from domain.base import Message
from domain.change_requests import ChangeRequestStatus
from domain.conversation import InterventionStatus
from domain.proposals import Origin, OriginKind
from workflows.change_request import ChangeRequestWorkflow
from workflows.change_request_input import ChangeRequestInput
from workflows.intervention import InterventionWorkflow
from workflows.intervention_input import InterventionInput


class Beginning(NamedTuple):
    """What the workflow of an origin is started with, and what operators see of it at first."""

    workflow: Callable[..., Awaitable[Any]]
    task: Message
    summary: str
    status: str


def beginning_of(workspace: str, origin: Origin) -> Beginning:
    """Return how an intervention, or what a person asked for, is begun."""
    match origin.kind:
        case OriginKind.INTERVENTION:
            return Beginning(
                InterventionWorkflow.run,
                InterventionInput(workspace=workspace, intervention_id=origin.id),
                "learn from one intervention",
                InterventionStatus.ANALYZING.value,
            )
        case OriginKind.CHANGE_REQUEST:
            return Beginning(
                ChangeRequestWorkflow.run,
                ChangeRequestInput(workspace=workspace, request_id=origin.id),
                "see a change request through",
                ChangeRequestStatus.RECEIVED.value,
            )
