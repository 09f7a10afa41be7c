"""Outcomes of served queries."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from domain.base import Model
from domain.outcomes import HandledBy, Outcome
from store.database import Connection, fetch_one
from store.queries import query


class OutcomeCounts(Model):
    """How many queries were served, by the agent alone, and wrongly by it as far as is known."""

    total: int
    alone: int
    wrong: int


async def count_outcomes(connection: Connection, workspace: str, since: datetime) -> OutcomeCounts:
    """Return the counts of the outcomes recorded since then."""
    row = await fetch_one(
        connection, query("count_outcomes"), {"workspace": workspace, "since": since}
    )
    return OutcomeCounts.model_validate(row)


async def record_outcome(
    connection: Connection,
    workspace: str,
    *,
    text: str,
    handled_by: HandledBy,
    items_used: Sequence[UUID] = (),
    confidence: float | None = None,
    correct: bool | None = None,
    handoff_reason: str = "",
) -> Outcome:
    """Store how one query ended. `text` must be redacted."""
    row = await fetch_one(
        connection,
        query("insert_outcome"),
        {
            "workspace": workspace,
            "query": text,
            "handled_by": handled_by,
            "items_used": list(items_used),
            "confidence": confidence,
            "correct": correct,
            "handoff_reason": handoff_reason,
        },
    )
    return Outcome.model_validate(row)
