"""Checkups: how items fare by the record, what is near to what, and what the runs have found."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple
from uuid import UUID

from psycopg import sql

from domain.base import Model
from domain.checkups import Asked, Checkup, CheckupStart, DriftCause, DriftHandling, Found, Suspect
from domain.item_health import SETTLES_AFTER, HealthState, ItemHealth, TrackRecord, health_of
from domain.knowledge import ItemKind
from domain.workspace_settings import Quarantine
from store.database import Connection, as_json, execute, fetch_all, fetch_one
from store.queries import query
from store.workspaces import read_settings

_REACH = 8
"""How many neighbours of each passage are looked at."""

_PASSAGES = 3
"""By how many of its passages an item's neighbours are looked for: each is a search of its own."""


class ItemRecord(NamedTuple):
    """An item's head, and what became of the answers that rested on it."""

    item_id: UUID
    kind: ItemKind
    revision: int
    record: TrackRecord


class Near(NamedTuple):
    """Two items that are near in meaning by some passage; `similarity` is the cosine."""

    item_id: UUID
    other_id: UUID
    similarity: float


class ListedFinding(Found):
    """A finding as it is shown; `proposal_id` is what people decide on, if they were asked."""

    checkup_id: UUID
    proposal_id: UUID | None


class _ItemFinding(Model):
    cause: DriftCause
    handling: DriftHandling
    revision: int


async def list_track_records(
    connection: Connection,
    workspace: str,
    *,
    now: datetime,
    item_ids: Sequence[UUID] | None = None,
) -> list[ItemRecord]:
    """Return the record of every active item, or of the items named, newest change first."""
    rows = await fetch_all(
        connection,
        query("list_track_records"),
        {
            "workspace": workspace,
            "settled_before": now - SETTLES_AFTER,
            "item_ids": None if item_ids is None else list(item_ids),
        },
    )
    return [
        ItemRecord(
            item_id=row["item_id"],
            kind=ItemKind(row["kind"]),
            revision=row["revision"],
            record=TrackRecord(
                since=row["since"],
                stayed=row["stayed"],
                failed=row["failed"],
                pending=row["pending"],
                last_used_at=row["last_used_at"],
            ),
        )
        for row in rows
    ]


async def count_uses_by_kind(
    connection: Connection, workspace: str, since: datetime
) -> dict[ItemKind, int]:
    """Return how often items of each kind were used since then; kinds without any are left out."""
    rows = await fetch_all(
        connection, query("count_uses_by_kind"), {"workspace": workspace, "since": since}
    )
    return {ItemKind(row["kind"]): row["uses"] for row in rows}


async def list_near(
    connection: Connection,
    workspace: str,
    item_ids: Sequence[UUID],
    *,
    model: str,
    dimension: int,
    at_least: float,
) -> list[Near]:
    """Return which other active items of their kind are as near as `at_least`, nearest first."""
    cursor = await connection.execute(
        _near_statement(model, dimension),
        {
            "workspace": workspace,
            "item_ids": list(item_ids),
            "reach": _REACH,
            "passages": _PASSAGES,
            "within": 1 - at_least,
        },
    )
    rows = await cursor.fetchall()
    return [
        Near(row["item_id"], row["other_id"], min(1.0, max(0.0, row["similarity"]))) for row in rows
    ]


@cache
def _near_statement(model: str, dimension: int) -> bytes:
    # A percent sign would be taken for the begin of a parameter.
    name = sql.Literal(model.replace("%", "%%"))
    statement = sql.SQL(query("list_near_items"))
    return statement.format(model=name, dimension=sql.Literal(dimension)).as_bytes(None)


async def read_health(
    connection: Connection, workspace: str, item_id: UUID, *, now: datetime
) -> ItemHealth | None:
    """Return how an item fares, by its record and the newest checkup; None for no such item."""
    found = await list_track_records(connection, workspace, now=now, item_ids=[item_id])
    if not found:
        return None
    unused_after = timedelta(days=(await read_settings(connection, workspace)).unused_after_days)
    health = health_of(found[0].record, now=now, unused_after=unused_after)
    rows = await fetch_all(
        connection, query("list_item_findings"), {"workspace": workspace, "item_id": item_id}
    )
    for finding in map(_ItemFinding.model_validate, rows):
        state = _state_by(finding, found[0].revision)
        if state is not None:
            return health.model_copy(update={"state": state})
    return health


def _state_by(finding: _ItemFinding, revision: int) -> HealthState | None:
    """Return what a finding says of the item at this revision, if it still does."""
    if finding.handling is DriftHandling.QUARANTINED:
        # The revision that took it out is the next one; a further one is somebody's decision.
        return HealthState.QUARANTINED if revision == finding.revision + 1 else None
    is_contradicted = finding.cause is DriftCause.CONTRADICTED and finding.revision == revision
    return HealthState.CONTRADICTED if is_contradicted else None


async def lock_checkups(connection: Connection, workspace: str) -> None:
    """Let no other run of the workspace write until the transaction ends."""
    await fetch_one(connection, query("lock_checkups"), {"workspace": workspace})


async def insert_checkup(
    connection: Connection,
    workspace: str,
    checkup_id: UUID,
    *,
    started_by: CheckupStart,
    examined: int,
    found: int,
    proposed: int,
) -> None:
    """Store a run."""
    await execute(
        connection,
        query("insert_checkup"),
        {
            "workspace": workspace,
            "id": checkup_id,
            "started_by": started_by,
            "examined": examined,
            "found": found,
            "proposed": proposed,
        },
    )


async def find_checkup(
    connection: Connection, workspace: str, checkup_id: UUID | None = None
) -> Checkup | None:
    """Return one run, or the newest one; None if there is none."""
    if checkup_id is None:
        row = await fetch_one(connection, query("find_newest_checkup"), {"workspace": workspace})
    else:
        row = await fetch_one(
            connection, query("find_checkup"), {"workspace": workspace, "id": checkup_id}
        )
    return None if row is None else Checkup.model_validate(row)


async def items_under_change(
    connection: Connection, workspace: str, item_ids: Iterable[UUID]
) -> set[UUID]:
    """Return those of the items that a proposal is open on, parked ones among them."""
    rows = await fetch_all(
        connection,
        query("list_items_under_change"),
        {"workspace": workspace, "item_ids": list(item_ids)},
    )
    return {row["item_id"] for row in rows}


async def items_in_revision(
    connection: Connection, workspace: str, item_ids: Iterable[UUID]
) -> set[UUID]:
    """Return those of the items that a proposal is open on which their retirement would discard.

    That is any but a checkup's own wish to retire them.
    """
    rows = await fetch_all(
        connection,
        query("list_items_in_revision"),
        {"workspace": workspace, "item_ids": list(item_ids)},
    )
    return {row["item_id"] for row in rows}


async def asked_before(
    connection: Connection, workspace: str, item_ids: Iterable[UUID]
) -> dict[tuple[UUID, DriftCause], Asked]:
    """Return what was asked last about each of the items, for each cause."""
    rows = await fetch_all(
        connection,
        query("list_asked_before"),
        {"workspace": workspace, "item_ids": list(item_ids)},
    )
    found = map(Asked.model_validate, rows)
    return {(asked.item_id, asked.cause): asked for asked in found}


async def save_finding(
    connection: Connection,
    workspace: str,
    checkup_id: UUID,
    suspect: Suspect,
    *,
    place: int,
    handling: DriftHandling,
    request_id: UUID | None,
    now: datetime,
) -> None:
    """Store what a run has found of one item, and the request in which it asked about it."""
    await execute(
        connection,
        query("save_finding"),
        {
            **suspect.model_dump(exclude={"health"}),
            "workspace": workspace,
            "checkup_id": checkup_id,
            "place": place,
            "health": as_json(suspect.health),
            "handling": handling,
            "request_id": request_id,
            "now": now,
        },
    )


async def set_return_asked(
    connection: Connection,
    workspace: str,
    item_id: UUID,
    *,
    quarantine_id: UUID,
    request_id: UUID,
) -> None:
    """Record in which request people are asked whether a quarantined article comes back."""
    await execute(
        connection,
        query("set_return_asked"),
        {
            "workspace": workspace,
            "item_id": item_id,
            "quarantine_id": quarantine_id,
            "request_id": request_id,
        },
    )


async def list_findings(
    connection: Connection, workspace: str, checkup_id: UUID
) -> list[ListedFinding]:
    """Return what one run has found, the worst first; what a later run found anew is not in it.

    Articles that are in quarantine since an earlier run come before it.
    """
    rows = await fetch_all(
        connection,
        query("list_findings"),
        {"workspace": workspace, "checkup_id": checkup_id},
    )
    return [ListedFinding.model_validate(row) for row in rows]


async def quarantine_switched_on_by(connection: Connection, workspace: str) -> str | None:
    """Return the administrator who switched the quarantine of failing articles on, as it holds.

    None while it is off, and where the audit names nobody: then there is no policy to act by.
    """
    if (await read_settings(connection, workspace)).quarantine is Quarantine.OFF:
        return None
    row = await fetch_one(connection, query("find_quarantine_change"), {"workspace": workspace})
    if row is None or row["chosen"] != Quarantine.FAILING_ARTICLES:
        return None
    return row["actor"]
