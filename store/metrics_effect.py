"""What approved changes have brought: the cases of an item before a change and after it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import NamedTuple
from uuid import UUID

from domain.metrics import MOST_CASES, Effect, Ends
from domain.metrics_periods import Period
from store.database import Connection, Row, fetch_all
from store.queries import query

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NEWEST = 50_000
"""Of how many answers it is seen which items most rest on."""


@dataclass(frozen=True)
class Effects:
    """The same releases seen by item, and each by itself."""

    by_item: list[Effect]
    by_proposal: list[Effect]


class _Span(NamedTuple):
    """Cases of one item in one time."""

    item_id: UUID
    start: datetime
    end: datetime


class _Change(NamedTuple):
    """A release, and the times before it and after it whose cases are compared."""

    row: Row
    before: _Span
    after: _Span

    @property
    def spans(self) -> tuple[_Span, _Span]:
        """Both times."""
        return self.before, self.after


async def measure_effects(
    connection: Connection, workspace: str, period: Period, settled: datetime, *, limit: int
) -> Effects:
    """Return the effects on the `limit` learned items that most of its newest answers rested on.

    Of each side the newest MOST_CASES cases count. Later cases are those of the period. Those that
    prevented most come first.
    """
    releases = await _list_releases(connection, workspace, period, limit)
    by_item = _first_changes(releases, period)
    # An item's many releases are of the past: only those still in force in the period are told.
    by_proposal = [
        _change(row, period, row["previous_at"] or _EPOCH, row["next_at"])
        for row in releases
        if row["next_at"] is None or row["next_at"] > period.start
    ][-limit:]
    effects = await _compare(connection, workspace, [*by_item, *by_proposal], settled)
    return Effects(
        by_item=_sorted([e.model_copy(update=_WHOLE_ITEM) for e in effects[: len(by_item)]]),
        by_proposal=_sorted(effects[len(by_item) :]),
    )


async def _list_releases(
    connection: Connection, workspace: str, period: Period, limit: int
) -> list[Row]:
    """Return the learned releases of the items that most of the newest answers rested on."""
    items = await fetch_all(
        connection,
        query("list_learned_items"),
        {
            "workspace": workspace,
            "end": period.end,
            "first_id": first_id_of(period.start),
            "end_id": first_id_of(period.end),
            "newest": _NEWEST,
            "limit": limit,
        },
    )
    return await fetch_all(
        connection,
        query("list_learned_releases"),
        {
            "workspace": workspace,
            "end": period.end,
            "item_ids": [row["item_id"] for row in items],
        },
    )


_WHOLE_ITEM = {"proposal_id": None, "predicted": None}


def _first_changes(releases: Sequence[Row], period: Period) -> list[_Change]:
    """Return for each item the whole time since the first approved proposal changed it."""
    by_item = sorted(releases, key=lambda row: (str(row["item_id"]), row["release"]))
    return [
        _change(next(iter(rows)), period, _EPOCH, None)
        for _, rows in groupby(by_item, key=lambda row: row["item_id"])
    ]


def _change(row: Row, period: Period, lower: datetime, upper: datetime | None) -> _Change:
    start = max(row["since"], period.start)
    end = period.end if upper is None else min(upper, period.end)
    return _Change(
        row=row,
        before=_Span(row["item_id"], lower, row["since"]),
        after=_Span(row["item_id"], start, max(start, end)),
    )


async def _compare(
    connection: Connection, workspace: str, changes: Sequence[_Change], settled: datetime
) -> list[Effect]:
    # An item that was changed once has the same cases as its proposal.
    spans: list[_Span] = list(dict.fromkeys(span for change in changes for span in change.spans))
    if not spans:
        return []
    rows = await fetch_all(
        connection,
        query("count_cases"),
        {
            "workspace": workspace,
            "item_ids": [span.item_id for span in spans],
            "first_ids": [first_id_of(span.start) for span in spans],
            "end_ids": [first_id_of(span.end) for span in spans],
            "starts": [span.start for span in spans],
            "ends": [span.end for span in spans],
            "settled_before": settled,
            "most": MOST_CASES,
        },
    )
    found = {spans[int(row["place"]) - 1]: _ends(row) for row in rows}
    return [
        _effect(change.row, *(found.get(span, Ends()) for span in change.spans))
        for change in changes
    ]


def _effect(row: Row, before: Ends, after: Ends) -> Effect:
    return Effect(
        item_id=row["item_id"],
        proposal_id=row["proposal_id"],
        title=row["title"],
        release=row["release"],
        since=row["since"],
        before=before.total,
        before_human=before.needed_a_human,
        after=after,
        is_capped=MOST_CASES in {before.total, after.total},
        predicted=row["predicted"],
    )


def _ends(row: Row) -> Ends:
    names = ("right", "unsettled", "wrong", "handed_off")
    return Ends.model_validate({name: row[name] for name in names})


def _sorted(effects: Sequence[Effect]) -> list[Effect]:
    return sorted(effects, key=lambda one: (-(one.prevented or 0), -one.after.total, -one.release))


def first_id_of(moment: datetime) -> UUID:
    """Return the least id that a row of this millisecond or later can have.

    Ids are UUIDs of version 7, whose first 48 bits are milliseconds since 1970: RFC 9562, 5.7.
    """
    milliseconds = int((moment - _EPOCH).total_seconds() * 1000)
    return UUID(int=(max(0, milliseconds) << 80) | (7 << 76) | (2 << 62))
