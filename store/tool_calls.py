"""The interventions in which tools were called: the record that a connection is held against."""

from collections.abc import Sequence
from uuid import UUID

from domain.base import Model
from domain.conversation import Submission
from store.database import Connection, fetch_all
from store.queries import query

NEWEST = 2_000
"""How many of the newest interventions are looked through."""


class Caller(Model):
    """An intervention in which something was called."""

    id: UUID
    submission: Submission


async def list_callers(
    connection: Connection,
    workspace: str,
    *,
    names: Sequence[str],
    evidence: Sequence[UUID],
    limit: int,
) -> list[Caller]:
    """Return up to `limit` of the newest interventions with calls by these names, newest first.

    Those of `evidence` are among them whatever they call; erased ones are left out.
    """
    rows = await fetch_all(
        connection,
        query("list_callers"),
        {
            "workspace": workspace,
            "names": list(names),
            "evidence": list(evidence),
            "newest": NEWEST,
            "limit": limit,
        },
    )
    return [Caller.model_validate(row) for row in rows]
