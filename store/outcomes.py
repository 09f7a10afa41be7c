"""Outcomes of served queries."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from pydantic import AwareDatetime

from domain.answering import Judged, Signs
from domain.base import Model
from domain.cases import OFFLINE
from domain.outcomes import HandledBy, Outcome, Span
from store.database import Connection, execute, fetch_all, fetch_one
from store.queries import query


class Used(NamedTuple):
    """An item that an answer rested on; without a revision it is the head of the moment."""

    item_id: UUID
    revision: int | None = None


class Served(Model):
    """An answer that rested on one revision of an item."""

    outcome_id: UUID
    query: str
    handled_by: HandledBy
    confidence: float | None
    correct: bool | None
    created_at: AwareDatetime
    item_id: UUID
    revision: int


async def record_outcome(
    connection: Connection,
    workspace: str,
    *,
    text: str,
    handled_by: HandledBy,
    items_used: Sequence[Used] = (),
    confidence: float | None = None,
    correct: bool | None = None,
    handoff_reason: str = "",
    guess: UUID | None = None,
    certainty: float | None = None,
    signs: Signs | None = None,
    agent: str = OFFLINE,
) -> Outcome:
    """Store how one query ended, and on which items it rested. `text` must be redacted.

    Unknown items are kept in `items_used`, but there is no revision that they could be served of.
    `guess` is what `agent` had in mind, `certainty` how sure of it, `signs` what spoke for it.
    """
    row = await fetch_one(
        connection,
        query("insert_outcome"),
        {
            "workspace": workspace,
            "query": text,
            "handled_by": handled_by,
            "items_used": [used.item_id for used in items_used],
            "confidence": confidence,
            "correct": correct,
            "handoff_reason": handoff_reason,
            "guess": guess,
            "certainty": certainty,
            "signs": None if signs is None else list(signs),
            "agent": agent,
        },
    )
    outcome = Outcome.model_validate(row)
    await _record_used(connection, workspace, outcome.id, items_used)
    return outcome


async def _record_used(
    connection: Connection, workspace: str, outcome_id: UUID, items_used: Sequence[Used]
) -> None:
    if not items_used:
        return
    await execute(
        connection,
        query("insert_outcome_items"),
        {
            "workspace": workspace,
            "outcome_id": outcome_id,
            "item_ids": [used.item_id for used in items_used],
            "revisions": [used.revision for used in items_used],
        },
    )


async def record_verdict(connection: Connection, workspace: str, intervention_id: UUID) -> None:
    """Keep what an intervention's findings tell of the query that it began with, once.

    Nothing where its agent named no outcome of this workspace.
    """
    await execute(
        connection,
        query("insert_verdict"),
        {"workspace": workspace, "intervention_id": intervention_id},
    )


async def list_judged(
    connection: Connection, workspace: str, *, agent: str, settles_after: timedelta, limit: int
) -> list[Judged]:
    """Return the newest queries of which it is known how this agent fared, newest first.

    Those younger than `settles_after` are left out: nobody has had time to object.
    """
    rows = await fetch_all(
        connection,
        query("list_judged"),
        {
            "workspace": workspace,
            "agent": agent,
            "settles_after": settles_after,
            "limit": limit,
        },
    )
    return [Judged(row["certainty"], row["guess_right"], _signs(row["signs"])) for row in rows]


def _signs(stored: Sequence[float] | None) -> Signs | None:
    """Return the signs as they are known today; None for those of another time, or if unknown."""
    return Signs(*stored) if stored is not None and len(stored) == len(Signs._fields) else None


async def list_served(
    connection: Connection,
    workspace: str,
    spans: Sequence[Span],
    *,
    before: tuple[UUID, UUID, int] | None = None,
    limit: int = 50,
) -> list[Served]:
    """Return up to `limit` answers that rested on these revisions, newest first.

    An answer that rested on several comes once for each. `before` is the (outcome_id, item_id,
    revision) of the last one of a page.
    """
    rows = await fetch_all(
        connection,
        query("list_served"),
        {
            **_spans(workspace, spans),
            "before_id": before[0] if before else None,
            "before_item": before[1] if before else None,
            "before_revision": before[2] if before else None,
            "limit": limit,
        },
    )
    return [Served.model_validate(row) for row in rows]


async def count_served(connection: Connection, workspace: str, spans: Sequence[Span]) -> int:
    """Return how many answers rested on these revisions, each counted once."""
    row = await fetch_one(connection, query("count_served"), _spans(workspace, spans))
    return int(row["count"]) if row else 0


def _spans(workspace: str, spans: Sequence[Span]) -> dict[str, object]:
    return {
        "workspace": workspace,
        "item_ids": [span.item_id for span in spans],
        "from_revisions": [span.from_revision for span in spans],
        "to_revisions": [span.to_revision for span in spans],
    }
