"""Who has a proposal's page open now. Forgotten by itself; nothing depends on it."""

from collections.abc import Sequence
from uuid import UUID

from store.database import Connection, execute, fetch_all
from store.queries import query


async def touch_presence(
    connection: Connection, workspace: str, proposal_id: UUID, person: str, *, seconds: float
) -> None:
    """Note that a person looks at a proposal, for so long unless they are noted again.

    Nothing happens if there is no such proposal.
    """
    await execute(
        connection,
        query("touch_presence"),
        {
            "workspace": workspace,
            "proposal_id": proposal_id,
            "person": person,
            "seconds": seconds,
        },
    )


async def end_presence(
    connection: Connection, workspace: str, proposal_id: UUID, person: str
) -> None:
    """Note that a person has left a proposal's page."""
    await execute(
        connection,
        query("end_presence"),
        {"workspace": workspace, "proposal_id": proposal_id, "person": person},
    )


async def list_presence(
    connection: Connection, workspace: str, proposal_ids: Sequence[UUID]
) -> dict[UUID, list[str]]:
    """Return who looks at each of these proposals, by name; those of nobody are left out."""
    rows = await fetch_all(
        connection,
        query("list_presence"),
        {"workspace": workspace, "proposal_ids": list(proposal_ids)},
    )
    looking: dict[UUID, list[str]] = {}
    for row in rows:
        looking.setdefault(row["proposal_id"], []).append(row["person"])
    return looking
