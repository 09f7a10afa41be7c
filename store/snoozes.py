"""Proposals that a person has put off: out of their inbox for a while, and of nobody else's.

When a snooze is over before its time is part of the inbox's query (`store/sql/inbox.sql`).
"""

from datetime import datetime
from uuid import UUID

from domain.identity import person_key
from store.database import Connection, execute, fetch_one
from store.queries import query


async def snooze(
    connection: Connection, workspace: str, person: str, proposal_id: UUID, until: datetime
) -> bool:
    """Put a proposal off; return whether it waits for review and could be."""
    row = await fetch_one(
        connection,
        query("set_snooze"),
        {
            "workspace": workspace,
            "person": person_key(person),
            "proposal_id": proposal_id,
            "until": until,
        },
    )
    return row is not None


async def end_snooze(
    connection: Connection, workspace: str, person: str, proposal_id: UUID
) -> None:
    """Let a proposal come back to the person's inbox now."""
    await execute(
        connection,
        query("end_snooze"),
        {"workspace": workspace, "person": person_key(person), "proposal_id": proposal_id},
    )
