"""Erasures as they are asked for, and the customer's interventions, which no step may write to."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from uuid import UUID

from pydantic import AwareDatetime

from domain.base import Model
from domain.conversation import Submission
from domain.erasure_requests import Erasure, ErasureStatus, NewErasure
from domain.errors import NotFoundError
from store.database import Connection, as_json, execute, fetch_all, fetch_one
from store.queries import query


class CustomersIntervention(Model):
    """An intervention of the customer that is to be erased."""

    id: UUID
    external_id: str
    submission: Submission
    created_at: AwareDatetime

    @property
    def outcome_id(self) -> UUID | None:
        """The outcome that was recorded when the customer asked the agent, if it is known."""
        return self.submission.agent.outcome_id


async def insert_erasure(connection: Connection, workspace: str, new: NewErasure) -> Erasure:
    """Store a request."""
    row = await fetch_one(
        connection,
        query("insert_erasure"),
        {"workspace": workspace, "customer_hash": new.customer_hash(), **new.model_dump()},
    )
    return Erasure.model_validate(row)


async def get_erasure(connection: Connection, workspace: str, erasure_id: UUID) -> Erasure:
    """Return an erasure; raises NotFoundError."""
    return await _read(connection, "get_erasure", workspace, erasure_id)


async def lock_erasure(connection: Connection, workspace: str, erasure_id: UUID) -> Erasure:
    """Return an erasure that nobody else can change until the transaction ends."""
    return await _read(connection, "lock_erasure", workspace, erasure_id)


async def _read(connection: Connection, name: str, workspace: str, erasure_id: UUID) -> Erasure:
    row = await fetch_one(connection, query(name), {"workspace": workspace, "id": erasure_id})
    if row is None:
        raise NotFoundError(f"no erasure {erasure_id} in this workspace")
    return Erasure.model_validate(row)


async def set_erasure_status(
    connection: Connection, workspace: str, erasure_id: UUID, status: ErasureStatus
) -> None:
    """Record where an erasure stands; how it is done is `finish_erasure`'s."""
    await execute(
        connection,
        query("set_erasure_status"),
        {"workspace": workspace, "id": erasure_id, "status": status},
    )


async def finish_erasure(
    connection: Connection,
    workspace: str,
    erasure_id: UUID,
    *,
    reason: str,
    counts: Mapping[str, int],
) -> None:
    """Record that nothing is left to erase, and forget whom it was about."""
    await execute(
        connection,
        query("finish_erasure"),
        {"workspace": workspace, "id": erasure_id, "reason": reason, "counts": as_json(counts)},
    )


async def list_unfinished(
    connection: Connection, *, older_than: timedelta, limit: int = 100
) -> list[tuple[str, UUID]]:
    """Return workspace and id of some erasures that should have a workflow, by chance."""
    rows = await fetch_all(
        connection,
        query("list_unfinished_erasures"),
        {"older_than": older_than, "limit": limit},
    )
    return [(row["workspace"], row["id"]) for row in rows]


async def fence(connection: Connection, workspace: str, erasure: Erasure) -> None:
    """Let no step that is under way write anything more of the customer's interventions."""
    await execute(connection, query("fence_interventions"), _whose(workspace, erasure))


async def find_interventions(
    connection: Connection, workspace: str, erasure: Erasure
) -> list[CustomersIntervention]:
    """Return the customer's interventions up to the request, oldest first."""
    rows = await fetch_all(
        connection, query("list_interventions_of_customer"), _whose(workspace, erasure)
    )
    return [CustomersIntervention.model_validate(row) for row in rows]


def _whose(workspace: str, erasure: Erasure) -> dict[str, object]:
    return {
        "workspace": workspace,
        "customer_ref": erasure.customer_ref,
        "until": erasure.created_at,
    }


async def count_finished(connection: Connection, workspace: str) -> int:
    """Return how many erasures have finished: what was read at another number may be erased."""
    row = await fetch_one(connection, query("count_finished_erasures"), {"workspace": workspace})
    return int(row["count"]) if row else 0


async def hold_off(connection: Connection, workspace: str) -> None:
    """Let no erasure look through the record until the transaction ends; wait for one that does."""
    await execute(connection, query("hold_erasures_off"), {"workspace": workspace})


async def lock_others_out(connection: Connection, workspace: str) -> None:
    """Let nobody `hold_off` erasures until the transaction ends; wait for those who do."""
    await execute(connection, query("lock_erasing"), {"workspace": workspace})


async def lock_unerased(connection: Connection, workspace: str, intervention_id: UUID) -> bool:
    """Return whether the intervention's text may still be written down.

    If so, an erasure waits until the transaction has ended, and then finds what it wrote.
    """
    row = await fetch_one(
        connection, query("lock_unerased"), {"workspace": workspace, "id": intervention_id}
    )
    return row is not None and row["erased_at"] is None


async def erased_among(
    connection: Connection, workspace: str, interventions: Collection[UUID]
) -> frozenset[UUID]:
    """Return those of the interventions whose text may not be written down any more."""
    rows = await fetch_all(
        connection,
        query("list_erased_among"),
        {"workspace": workspace, "ids": list(interventions)},
    )
    return frozenset(row["id"] for row in rows)
