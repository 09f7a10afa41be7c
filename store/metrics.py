"""Counts the figures of `domain/metrics.py`: each in one query whose rows time bounds."""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, LiteralString

from domain.findings import Gap
from domain.metrics import (
    Acceptance,
    ApprovalTimes,
    Ends,
    Freshness,
    GapPoint,
    LearningPoint,
    RatePoint,
    Rejections,
    ReviewerLoad,
    TierTimes,
    sum_of,
)
from domain.metrics_periods import Period, Span
from store.database import Connection, Row, fetch_all, fetch_one
from store.metrics_effect import first_id_of
from store.queries import query
from store.workspaces import read_settings

_ID_SLACK = timedelta(days=1)
"""An outcome's id may be younger than its time, which is that of its transaction's begin."""

_STAGES = 12
"""Into how many stages of knowledge a period is cut at most."""


async def find_events(connection: Connection, workspace: str) -> Span | None:
    """Return when the first and the last thing happened; None where nothing ever did."""
    row = await fetch_one(connection, query("find_first_and_last_event"), {"workspace": workspace})
    if row is None or row["first_at"] is None:
        return None
    return Span(row["first_at"], row["last_at"])


async def settled_before(connection: Connection, workspace: str, now: datetime) -> datetime:
    """Return before when an answer that nobody has objected to counts as right."""
    settings = await read_settings(connection, workspace)
    return now - timedelta(hours=settings.settles_after_hours)


async def measure_rates(
    connection: Connection, workspace: str, period: Period, settled: datetime
) -> tuple[list[RatePoint], list[LearningPoint]]:
    """Return how queries ended, by step of time and by what was known; steps without any too.

    `settled` is before when an unquestioned answer counts as right. Stages of knowledge in which
    nothing was asked are left out.
    """
    starts = period.starts()
    bounds = _bounds(workspace, period, starts)
    learned = await _by_step(connection, query("count_learned"), bounds)
    came_in = await _by_step(connection, query("count_came_in"), bounds)
    stages = await _stages(connection, bounds, sum(learned.values()) - learned[0])
    cuts = [at for _, at in stages]
    stretches = await _count_stretches(connection, workspace, period, [*starts, *cuts], settled)
    by_step, by_stage = _sums(stretches, starts), _sums(stretches, [period.start, *cuts])
    points = [
        RatePoint(
            start=start,
            ends=by_step.get(place - 1, Ends()),
            interventions=came_in[place],
            approved_changes=learned[place],
        )
        for place, start in enumerate(starts, start=1)
    ]
    return points, _learning_points(period, stages, learned, by_stage)


async def count_ends(connection: Connection, workspace: str, span: Span, settled: datetime) -> Ends:
    """Return how the queries of a time ended, all together."""
    found = await _count_stretches(connection, workspace, span, [span.start], settled)
    return sum_of([ends for _, ends in found])


async def _count_stretches(
    connection: Connection,
    workspace: str,
    span: Span | Period,
    cuts: Sequence[datetime],
    settled: datetime,
) -> list[tuple[datetime, Ends]]:
    """Return how the queries of a time ended, cut at these moments: each stretch by its start."""
    # What is as old as `settled` is settled, so that the cut comes right after it.
    border = settled + timedelta(microseconds=1)
    inside = {cut for cut in (*cuts, border) if span.start < cut < span.end}
    starts = [span.start, *sorted(inside)]
    bounds = {
        "workspace": workspace,
        "starts": starts,
        "ends": [*starts[1:], span.end],
        "start": span.start,
        "end": span.end,
        "first_id": first_id_of(span.start - _ID_SLACK),
        "end_id": first_id_of(span.end + _ID_SLACK),
    }
    counted = await fetch_all(connection, query("count_ends"), bounds)
    objected = await fetch_all(connection, query("count_objections"), bounds)
    objections = {row["place"]: row for row in objected}
    return [
        (start, _ends(row, objections.get(row["place"]), start, border))
        for start, row in zip(starts, sorted(counted, key=_place), strict=True)
    ]


def _place(row: Row) -> int:
    return row["place"]


def _ends(row: Row, objected: Row | None, start: datetime, border: datetime) -> Ends:
    """Return how a stretch's queries ended; those that were objected to are wrong after all."""
    called_right, unsaid, wrong = row["called_right"], row["unsaid"], row["called_wrong"]
    if objected is not None:
        called_right -= objected["called_right"]
        unsaid -= objected["unsaid"]
        wrong += objected["called_right"] + objected["unsaid"]
    ends = Ends(right=called_right, unsettled=unsaid, wrong=wrong, handed_off=row["handed_off"])
    if start < border:
        return ends.model_copy(update={"right": called_right + unsaid, "unsettled": 0})
    return ends


async def _by_step(
    connection: Connection, sql: LiteralString, bounds: dict[str, Any]
) -> Counter[int]:
    rows = await fetch_all(connection, sql, bounds)
    return Counter({row["step"]: row["count"] for row in rows})


async def _stages(
    connection: Connection, bounds: dict[str, Any], learned: int
) -> list[tuple[int, datetime]]:
    """Return which approved changes of the period begin a stage: their place and time."""
    if not learned:
        return []
    every = math.ceil(learned / (_STAGES - 1))
    rows = await fetch_all(
        connection, query("list_stages"), {**bounds, "every": every, "last": learned}
    )
    return [(row["nth"], row["created_at"]) for row in rows]


def _learning_points(
    period: Period,
    stages: Sequence[tuple[int, datetime]],
    learned: Counter[int],
    ends: dict[int, Ends],
) -> list[LearningPoint]:
    known, everything = learned[0], sum(learned.values())
    begins = [(0, period.start), *stages]
    points: list[LearningPoint] = []
    for place, (nth, since) in enumerate(begins):
        is_last = place + 1 == len(begins)
        until = everything if is_last else known + begins[place + 1][0] - 1
        if place in ends:
            points.append(
                LearningPoint(
                    changes=known + nth,
                    changes_to=max(known + nth, until),
                    since=since,
                    ends=ends[place],
                )
            )
    return points


def _sums(
    stretches: Sequence[tuple[datetime, Ends]], begins: Sequence[datetime]
) -> dict[int, Ends]:
    """Return the sums from each of these moments to the next, by its place; without empty ones."""
    sums: dict[int, Ends] = {}
    for start, ends in stretches:
        place = bisect_right(begins, start) - 1
        if ends.total:
            sums[place] = sums.get(place, Ends()).plus(ends)
    return sums


async def measure_approvals(
    connection: Connection, workspace: str, period: Period, now: datetime
) -> ApprovalTimes:
    """Return how long the approvals of the period took, and what waits now."""
    took = await fetch_all(connection, query("measure_approvals"), _span(workspace, period))
    waiting = await fetch_all(
        connection, query("count_waiting"), {"workspace": workspace, "now": now}
    )
    parked = await fetch_one(connection, query("count_parked"), {"workspace": workspace})
    tiers: dict[tuple[int, str], dict[str, Any]] = {}
    overall: Row = {"approved": 0, "median_seconds": None, "p90_seconds": None}
    for row in (*took, *waiting):
        if row["tier"] is None:
            overall = row
        else:
            tiers.setdefault((row["tier"], row["group"]), {}).update(row)
    return ApprovalTimes(
        tiers=tuple(TierTimes.model_validate(tiers[key]) for key in sorted(tiers)),
        approved=overall["approved"],
        median_seconds=overall["median_seconds"],
        p90_seconds=overall["p90_seconds"],
        parked=parked["count"] if parked else 0,
    )


async def count_gaps(connection: Connection, workspace: str, period: Period) -> list[GapPoint]:
    """Return how many findings named each gap, by step; steps without any too."""
    starts = period.starts()
    rows = await fetch_all(connection, query("count_gaps"), _bounds(workspace, period, starts))
    counts: dict[int, dict[Gap, int]] = {}
    for row in rows:
        counts.setdefault(row["step"], {})[Gap(row["gap"])] = row["count"]
    return [
        GapPoint(start=start, counts=counts.get(place, {}))
        for place, start in enumerate(starts, start=1)
    ]


async def count_acceptance(
    connection: Connection, workspace: str, period: Period
) -> list[Acceptance]:
    """Return what became of each analyst's proposals that were decided in the period."""
    rows = await fetch_all(connection, query("count_acceptance"), _span(workspace, period))
    return [Acceptance.model_validate(row) for row in rows]


async def count_rejections(
    connection: Connection, workspace: str, period: Period
) -> list[Rejections]:
    """Return how many proposals were rejected for each reason, the most frequent first."""
    rows = await fetch_all(connection, query("count_rejection_reasons"), _span(workspace, period))
    return [Rejections.model_validate(row) for row in rows]


async def measure_load(
    connection: Connection, workspace: str, period: Period, now: datetime
) -> list[ReviewerLoad]:
    """Return each person's decisions and what is assigned to them, the busiest first."""
    decided = await fetch_all(connection, query("measure_load"), _span(workspace, period))
    assigned = await fetch_all(
        connection, query("count_assigned"), {"workspace": workspace, "now": now}
    )
    people: dict[str, dict[str, Any]] = {}
    for row in (*decided, *assigned):
        people.setdefault(row["person"], {}).update(row)
    load = [ReviewerLoad.model_validate(found) for found in people.values()]
    return sorted(load, key=lambda one: (-one.decisions, -one.assigned, one.person))


async def find_freshness(connection: Connection, workspace: str) -> Freshness:
    """Return when an outcome and an intervention were last heard of."""
    row = await fetch_one(connection, query("find_last_heard_of"), {"workspace": workspace})
    settings = await read_settings(connection, workspace)
    return Freshness(settles_after_hours=settings.settles_after_hours, **(row or {}))


def _span(workspace: str, period: Period) -> dict[str, Any]:
    return {"workspace": workspace, "start": period.start, "end": period.end}


def _bounds(workspace: str, period: Period, starts: Sequence[datetime]) -> dict[str, Any]:
    return {**_span(workspace, period), "steps": list(starts)}
