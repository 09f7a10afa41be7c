"""Tells what a proposal comes from where its review stands. Not an activity."""

from domain.change_requests import ChangeRequestStatus
from domain.conversation import InterventionStatus
from domain.proposals import Origin, OriginKind
from store import change_requests, interventions
from store.database import Connection


async def author_of(connection: Connection, workspace: str, origin: Origin) -> str | None:
    """Return who may not be the only approver: whose intervention it was, or who asked."""
    if origin.kind is OriginKind.CHANGE_REQUEST:
        return (await change_requests.get_request(connection, workspace, origin.id)).requested_by
    return (await interventions.get_intervention(connection, workspace, origin.id)).author


async def set_in_review(connection: Connection, workspace: str, origin: Origin) -> None:
    """Record that people are asked."""
    if origin.kind is OriginKind.CHANGE_REQUEST:
        status = ChangeRequestStatus.IN_REVIEW
        await change_requests.set_request_status(connection, workspace, origin.id, status)
    else:
        await interventions.set_intervention_status(
            connection, workspace, origin.id, InterventionStatus.IN_REVIEW
        )


async def set_waiting_status(connection: Connection, workspace: str, origin: Origin) -> None:
    """Record whether it is in review or parked, by where its proposals stand."""
    if origin.kind is OriginKind.CHANGE_REQUEST:
        await change_requests.set_waiting_status(connection, workspace, origin.id)
    else:
        await interventions.set_waiting_status(connection, workspace, origin.id)
