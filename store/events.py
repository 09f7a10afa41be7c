"""The log of what happened, to be read on from any position, and word of who looks at proposals.

The audit's chain is the log: its positions have no gaps and are in the order of commits, so that
none is ever passed over.
"""

from collections.abc import AsyncGenerator
from uuid import UUID

import psycopg
from psycopg.conninfo import make_conninfo

from domain.base import Model
from domain.events import Deed
from store.database import Connection, fetch_all, fetch_one
from store.queries import query


class Notice(Model):
    """The people who look at a proposal have changed; without one, something in its workspace."""

    workspace: str
    proposal_id: UUID | None = None


async def list_deeds(
    connection: Connection, workspace: str, *, after: int, limit: int
) -> list[Deed]:
    """Return what was done behind the position `after`, oldest first.

    Positions have no gaps and follow the order of commits, so that reading on from the last one
    misses nothing.
    """
    rows = await fetch_all(
        connection,
        query("list_deeds"),
        {"workspace": workspace, "after": after, "limit": limit},
    )
    return [Deed.model_validate(row) for row in rows]


async def find_last_position(connection: Connection, workspace: str) -> int:
    """Return the position of the last deed; 0 before the first."""
    row = await fetch_one(connection, query("last_position"), {"workspace": workspace})
    return row["position"] if row else 0


async def count_in_review(connection: Connection, workspace: str) -> int:
    """Return how many proposals wait for a decision."""
    row = await fetch_one(connection, query("count_in_review"), {"workspace": workspace})
    return row["waiting"] if row else 0


async def listen(url: str, *, poll_seconds: float) -> AsyncGenerator[Notice | None]:
    """Yield None once it listens and at least every `poll_seconds`, and each notice at once.

    It holds a connection of its own, since what is told while nobody listens is lost. Raises
    psycopg.OperationalError when the connection fails.
    """
    url = make_conninfo(
        url, keepalives=1, keepalives_idle=20, keepalives_interval=10, keepalives_count=3
    )
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as alone:
        await alone.execute(query("listen"))
        while True:
            # A connection whose other end is gone only says so when it is used.
            await alone.execute(query("is_listening"))
            yield None
            async for told in alone.notifies(timeout=poll_seconds):
                yield _notice_of(told.payload)


def _notice_of(payload: str) -> Notice:
    workspace, _, proposal_id = payload.partition(" ")
    try:
        return Notice(workspace=workspace, proposal_id=UUID(proposal_id) if proposal_id else None)
    except ValueError:
        # Anybody with a login can notify. To look once more for news does no harm.
        return Notice(workspace=workspace)
