"""Where humans did otherwise than policies in force said."""

from uuid import UUID

from domain.base import Model
from domain.deviations import Deviation, KeptDeviation
from store.database import Connection, execute, fetch_all, fetch_one
from store.queries import query


class DeviationText(Model):
    """What a deviation says, for an erasure to look through."""

    intervention_id: UUID
    policy_id: UUID
    summary: str
    signature: str


async def count_alike(
    connection: Connection, workspace: str, intervention_id: UUID, deviation: Deviation
) -> int:
    """Return how many other interventions deviate alike; the count holds until the transaction."""
    lock = {"workspace": workspace, "policy_id": str(deviation.policy_id)}
    await execute(connection, query("lock_deviations"), lock)
    row = await fetch_one(
        connection, query("count_deviations"), _values(workspace, intervention_id, deviation)
    )
    return int(row["count"]) if row else 0


async def insert_deviation(
    connection: Connection,
    workspace: str,
    intervention_id: UUID,
    deviation: Deviation,
    finding_index: int,
) -> None:
    """Store a deviation, once an intervention and policy."""
    values = _values(workspace, intervention_id, deviation)
    await execute(
        connection,
        query("insert_deviation"),
        {**values, "summary": deviation.summary, "finding_index": finding_index},
    )


def _values(workspace: str, intervention_id: UUID, deviation: Deviation) -> dict[str, object]:
    return {
        "workspace": workspace,
        "intervention_id": intervention_id,
        "policy_id": deviation.policy_id,
        "policy_revision": deviation.policy_revision,
        "signature": deviation.signature,
    }


async def list_alike(
    connection: Connection, workspace: str, intervention_id: UUID, policy_id: UUID
) -> list[KeptDeviation]:
    """Return the deviations that are as this intervention's from the policy, its own included."""
    rows = await fetch_all(
        connection,
        query("list_deviations_alike"),
        {"workspace": workspace, "intervention_id": intervention_id, "policy_id": policy_id},
    )
    return [KeptDeviation.model_validate(row) for row in rows]


async def list_texts(connection: Connection, workspace: str) -> list[DeviationText]:
    """Return what all deviations say."""
    rows = await fetch_all(connection, query("list_kept_deviations"), {"workspace": workspace})
    return [DeviationText.model_validate(row) for row in rows]


async def erase_text(connection: Connection, workspace: str, left: DeviationText) -> None:
    """Write what an erasure leaves of a deviation's text."""
    await execute(
        connection, query("erase_deviation"), {"workspace": workspace, **left.model_dump()}
    )
