"""Interventions that are read in batches: who waits, who is in which batch, who is through."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from domain.batches import BatchReadingStatus
from store import outbox
from store.database import Connection, execute, fetch_all
from store.queries import query


class SubmittedReading(NamedTuple):
    """One intervention in a batch, and the items that the model was shown, in their order."""

    intervention_id: UUID
    known_items: Sequence[UUID]
    reserved_tokens: int = 0


async def await_batch(connection: Connection, workspace: str, intervention_id: UUID) -> None:
    """Let an intervention wait for a batch."""
    await execute(
        connection,
        query("insert_batch_reading"),
        {"workspace": workspace, "intervention_id": intervention_id},
    )


async def list_waiting(connection: Connection, workspace: str, *, limit: int) -> list[UUID]:
    """Return the interventions that have waited longest for a batch."""
    rows = await fetch_all(
        connection, query("list_waiting_readings"), {"workspace": workspace, "limit": limit}
    )
    return [row["intervention_id"] for row in rows]


async def mark_submitted(
    connection: Connection, workspace: str, batch_id: str, readings: Sequence[SubmittedReading]
) -> None:
    """Note which interventions are in a batch."""
    for reading in readings:
        await execute(
            connection,
            query("mark_reading_submitted"),
            {
                "workspace": workspace,
                "intervention_id": reading.intervention_id,
                "batch_id": batch_id,
                "known_items": list(reading.known_items),
                "reserved_tokens": reading.reserved_tokens,
            },
        )


async def list_submitted(
    connection: Connection, workspace: str, batch_id: str
) -> list[SubmittedReading]:
    """Return the interventions of a batch that still wait for its replies."""
    rows = await fetch_all(
        connection, query("list_submitted_readings"), {"workspace": workspace, "batch_id": batch_id}
    )
    return [SubmittedReading(row["intervention_id"], row["known_items"]) for row in rows]


async def list_open_batches(connection: Connection, workspace: str) -> list[str]:
    """Return the batches whose replies are still wanted, oldest first."""
    rows = await fetch_all(connection, query("list_open_batches"), {"workspace": workspace})
    return [row["batch_id"] for row in rows]


async def finish(
    connection: Connection, workspace: str, intervention_id: UUID, status: BatchReadingStatus
) -> bool:
    """End the wait, and note that the workflow must start; return False if it had ended before."""
    ended = await execute(
        connection,
        query("finish_batch_reading"),
        {"workspace": workspace, "intervention_id": intervention_id, "status": status},
    )
    if ended:
        await outbox.enqueue(
            connection,
            workspace,
            outbox.Topic.START,
            dedupe_key=str(intervention_id),
            payload={"intervention_id": str(intervention_id)},
        )
    return bool(ended)


async def list_workspaces(connection: Connection) -> list[str]:
    """Return the workspaces in which anything waits for a batch or is in one."""
    rows = await fetch_all(connection, query("list_workspaces_with_batches"), {})
    return [row["workspace"] for row in rows]
