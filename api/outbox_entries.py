"""What is noted for Temporal in the transaction that writes a fact; `delivery.py` tells it."""

from datetime import timedelta
from uuid import UUID

from domain.proposals import Origin, OriginKind
from domain.reviews import CommandKind
from store import outbox
from store.database import Connection

_GRACE = timedelta(seconds=5)
"""How long the call that wrote an outbox row may take to deliver it before the loop does."""


async def enqueue_start(
    connection: Connection, workspace: str, origin: Origin, *, attempt: str = ""
) -> None:
    """Note, in the transaction that stores an origin, that its workflow must start.

    `attempt` tells a start after a failure from the first one.
    """
    await outbox.enqueue(
        connection,
        workspace,
        outbox.Topic.START,
        dedupe_key=f"{origin.id}{attempt}",
        payload=_whose(origin),
        delay=_GRACE,
    )


async def enqueue_decision(
    connection: Connection,
    workspace: str,
    origin: Origin,
    proposal_id: UUID,
    decision_id: UUID,
) -> None:
    """Note, in the transaction that stores a decision, that its workflow must hear of it."""
    await outbox.enqueue(
        connection,
        workspace,
        outbox.Topic.SIGNAL,
        dedupe_key=str(decision_id),
        payload={
            "signal": "decide",
            **_whose(origin),
            "proposal_id": str(proposal_id),
            "id": str(decision_id),
        },
        delay=_GRACE,
    )


async def enqueue_command(
    connection: Connection,
    workspace: str,
    origin: Origin,
    proposal_id: UUID,
    command_id: UUID,
    kind: CommandKind,
) -> None:
    """Note, in the transaction that stores a command, that its workflow must hear of it."""
    await outbox.enqueue(
        connection,
        workspace,
        outbox.Topic.SIGNAL,
        dedupe_key=str(command_id),
        payload={
            "signal": kind.value,
            **_whose(origin),
            "proposal_id": str(proposal_id),
            "id": str(command_id),
        },
        delay=_GRACE,
    )


async def enqueue_erasure(connection: Connection, workspace: str, erasure_id: UUID) -> None:
    """Note, in the transaction that stores an erasure, that its workflow must start."""
    await outbox.enqueue(
        connection,
        workspace,
        outbox.Topic.ERASE,
        dedupe_key=str(erasure_id),
        payload={"erasure_id": str(erasure_id)},
        delay=_GRACE,
    )


def _whose(origin: Origin) -> dict[str, str]:
    """Return what `signals.origin_of` reads."""
    is_request = origin.kind is OriginKind.CHANGE_REQUEST
    return {"request_id" if is_request else "intervention_id": str(origin.id)}
