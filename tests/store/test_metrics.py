"""The figures over made-up rows: some by hand, some against a model that counts row by row."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import LiteralString
from uuid import UUID

import pytest

from domain.findings import Gap
from domain.metrics import Ends, Rejections
from domain.metrics_periods import MetricStep, Period, Span
from domain.reviews import RejectionReason
from store import metrics
from store.database import Database, fetch_all
from store.queries import query
from tests.store.learning_rows import NOW, LearningRows, hours_ago

SETTLED = hours_ago(72)
EXPLAIN_ENDS: LiteralString = "EXPLAIN " + query("count_ends")


def days(count: int) -> Period:
    """The last whole days, today until NOW included."""
    start = NOW.replace(hour=0) - timedelta(days=count - 1)
    return Period(start=start, end=NOW, by=MetricStep.DAY)


async def rates_of(
    database: Database, workspace: str, period: Period
) -> tuple[list[metrics.RatePoint], list[metrics.LearningPoint]]:
    async with database.snapshot(workspace) as connection:
        return await metrics.measure_rates(connection, workspace, period, SETTLED)


async def test_each_query_is_counted_in_one_place(
    made: LearningRows, database: Database, workspace: str
) -> None:
    made.outcome(hours_ago(100))
    made.outcome(hours_ago(100), "human")
    made.outcome(hours_ago(100), correct=False)
    made.outcome(hours_ago(10))
    made.outcome(hours_ago(10), correct=True)
    made.outcome(hours_ago(10), correct=False)
    made.intervention(hours_ago(9), made.outcome(hours_ago(10), correct=True))
    made.intervention(hours_ago(9), made.outcome(hours_ago(10), "human"))

    points, _ = await rates_of(database, workspace, days(5))

    assert [point.ends for point in points] == [
        Ends(right=1, handed_off=1, wrong=1),
        Ends(),
        Ends(),
        Ends(),
        Ends(unsettled=1, right=1, wrong=2, handed_off=1),
    ]
    assert [point.interventions for point in points] == [0, 0, 0, 0, 2]


async def test_an_answer_settles_when_its_time_is_over(
    made: LearningRows, database: Database, workspace: str
) -> None:
    made.outcome(SETTLED)
    made.outcome(SETTLED + timedelta(milliseconds=1))

    points, _ = await rates_of(database, workspace, days(5))

    assert metrics.sum_of([point.ends for point in points]) == Ends(right=1, unsettled=1)


async def test_a_period_has_its_start_and_not_its_end(
    made: LearningRows, database: Database, workspace: str
) -> None:
    period = days(2)
    for at in (period.start - timedelta(milliseconds=1), period.start, period.end):
        made.outcome(at, "human")
        made.intervention(at)

    points, _ = await rates_of(database, workspace, period)

    assert [point.ends.handed_off for point in points] == [1, 0]
    assert [point.interventions for point in points] == [1, 0]


async def test_the_curve_tells_how_queries_ended_by_what_was_approved(
    made: LearningRows, database: Database, workspace: str
) -> None:
    made.release(hours_ago(300), made.proposal(hours_ago(301)))
    made.release(hours_ago(90))
    made.outcome(hours_ago(80), "human")
    made.release(hours_ago(79), made.proposal(hours_ago(79)))
    made.outcome(hours_ago(78), "human")
    made.outcome(hours_ago(78))
    made.release(hours_ago(77), made.proposal(hours_ago(78)))
    made.release(hours_ago(76), made.proposal(hours_ago(78)))
    made.outcome(hours_ago(75))

    points, curve = await rates_of(database, workspace, days(6))

    assert [(point.changes, point.changes_to, point.ends) for point in curve] == [
        (1, 1, Ends(handed_off=1)),
        (2, 2, Ends(handed_off=1, right=1)),
        (4, 4, Ends(right=1)),
    ]
    assert sum(point.approved_changes for point in points) == 3


@dataclass(frozen=True)
class Query:
    """What the model knows of an outcome."""

    at: datetime
    handled_by: str
    correct: bool | None
    came_after: bool


def expected_place(query: Query) -> str:
    """Say where a query is counted, by `docs/metrics.md` alone."""
    if query.handled_by == "human":
        return "handed_off"
    if query.came_after or query.correct is False:
        return "wrong"
    if query.correct or query.at <= SETTLED:
        return "right"
    return "unsettled"


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_rates_and_curve_are_those_of_a_model_that_counts_one_by_one(
    made: LearningRows, database: Database, workspace: str, seed: int
) -> None:
    random = Random(seed)
    queries: list[Query] = []
    for _ in range(60):
        query = Query(
            hours_ago(random.uniform(0.1, 200)),
            random.choice(["agent", "agent", "human"]),
            random.choice([None, None, True, False]),
            random.random() < 0.3,
        )
        queries.append(query)
        outcome_id = made.outcome(query.at, query.handled_by, correct=query.correct)
        if query.came_after:
            made.intervention(query.at + timedelta(minutes=1), outcome_id)
    learned = sorted(hours_ago(random.uniform(0.1, 200)) for _ in range(30))
    for at in learned:
        made.release(at, made.proposal(at - timedelta(minutes=1)))
    period = days(7)

    points, curve = await rates_of(database, workspace, period)

    inside = [query for query in queries if period.start <= query.at < period.end]
    for point in points:
        day = [q for q in inside if q.at.date() == point.start.date()]
        for place in Ends.model_fields:
            wanted = sum(expected_place(query) == place for query in day)
            assert getattr(point.ends, place) == wanted, (point.start, place)
    for stage, following in zip(curve, [*curve[1:], None], strict=True):
        until = period.end if following is None else following.since
        asked = [q for q in inside if stage.since <= q.at < until]
        assert stage.ends.total == len(asked)
        known = [sum(at <= query.at for at in learned) for query in asked]
        assert all(stage.changes <= count <= stage.changes_to for count in known)
    assert sum(point.ends.total for point in curve) == len(inside)


async def test_times_to_approve_are_told_by_tier_with_what_waits(
    made: LearningRows, database: Database, workspace: str
) -> None:
    for hours in (1, 2, 9):
        proposal_id = made.proposal(hours_ago(20), status="applied")
        made.review(proposal_id, hours_ago(20), closed_at=NOW)
        made.decision(proposal_id, hours_ago(20 - hours))
    late = made.proposal(hours_ago(60), status="applied")
    made.review(late, hours_ago(60), tier=1, closed_at=NOW)
    made.decision(late, hours_ago(11), effect="counted")
    made.decision(late, hours_ago(10), by="lee")
    made.review(made.proposal(hours_ago(3)), hours_ago(3), due_at=hours_ago(-1))
    made.review(made.proposal(hours_ago(5)), hours_ago(5), due_at=hours_ago(1))
    made.review(made.proposal(hours_ago(9)), hours_ago(9), tier=1, due_at=hours_ago(-9))
    made.proposal(hours_ago(9), status="parked")

    async with database.snapshot(workspace) as connection:
        found = await metrics.measure_approvals(connection, workspace, days(2), NOW)

    first, second = found.tiers
    assert (first.group, first.approved, first.median_seconds) == ("reviewer", 3, 2 * 3600)
    assert first.p90_seconds == pytest.approx(7.6 * 3600)
    assert (first.open, first.overdue, first.oldest_opened_at) == (2, 1, hours_ago(5))
    assert (second.group, second.approved, second.median_seconds) == ("lead", 1, 50 * 3600)
    assert (second.open, second.overdue) == (1, 1)
    assert (found.approved, found.median_seconds) == (4, 5.5 * 3600)
    assert (found.open, found.overdue, found.parked) == (3, 2, 1)


async def test_gaps_are_counted_by_finding(
    made: LearningRows, database: Database, workspace: str
) -> None:
    made.analysis(hours_ago(30), "missing_knowledge", "missing_tool")
    made.analysis(hours_ago(1), "missing_knowledge", "none")
    made.analysis(hours_ago(100), "none")

    async with database.snapshot(workspace) as connection:
        found = await metrics.count_gaps(connection, workspace, days(2))

    assert [point.counts for point in found] == [
        {Gap.MISSING_KNOWLEDGE: 1, Gap.MISSING_TOOL: 1},
        {Gap.MISSING_KNOWLEDGE: 1, Gap.NONE: 1},
    ]


async def test_acceptance_is_told_by_analyst_and_an_edit_is_none(
    made: LearningRows, database: Database, workspace: str
) -> None:
    claude = {"name": "claude", "version": "7", "model": "sonnet"}
    for analyst, verdict, effect, approved in (
        (None, "approve", "approved", "a"),
        (None, "approve", "approved", "edited"),
        (None, "reject", "rejected", "a"),
        (None, "approve", "counted", "a"),
        (claude, "approve", "approved", "a"),
    ):
        proposal_id = made.proposal(hours_ago(3), analyst=analyst, content_hash="a")
        made.decision(proposal_id, hours_ago(1), verdict, effect=effect, approved_hash=approved)

    async with database.snapshot(workspace) as connection:
        offline, other = await metrics.count_acceptance(connection, workspace, days(1))

    assert (offline.analyst, offline.as_drafted, offline.edited, offline.rejected) == (
        *("offline", 1, 1),
        1,
    )
    assert offline.accepted_unedited == pytest.approx(1 / 3)
    assert (other.analyst, other.version, other.model, other.as_drafted) == (
        *("claude", "7", "sonnet"),
        1,
    )


async def test_rejections_are_told_by_reason(
    made: LearningRows, database: Database, workspace: str
) -> None:
    for reason in ("wrong", "unsafe", "wrong", None):
        proposal_id = made.proposal(hours_ago(3), status="rejected")
        made.decision(proposal_id, hours_ago(1), "reject", effect="rejected", reason=reason)

    async with database.snapshot(workspace) as connection:
        found = await metrics.count_rejections(connection, workspace, days(1))

    assert found == [
        Rejections(reason=RejectionReason.WRONG, count=2),
        Rejections(reason=RejectionReason.UNSAFE, count=1),
        Rejections(reason=None, count=1),
    ]


async def test_load_is_what_people_decided_and_what_they_have(
    made: LearningRows, database: Database, workspace: str
) -> None:
    for at, verdict, effect, by in (
        (2, "approve", "approved", "dana"),
        (4, "reject", "rejected", "dana"),
        (1, "approve", "ignored", "dana"),
        (3, "request_changes", "changes_requested", "lee"),
    ):
        proposal_id = made.proposal(hours_ago(6), status="applied")
        made.review(proposal_id, hours_ago(6), closed_at=NOW)
        made.decision(proposal_id, hours_ago(at), verdict, effect=effect, by=by)
    made.review(made.proposal(hours_ago(6)), hours_ago(6), assignee="kim", due_at=hours_ago(1))

    async with database.snapshot(workspace) as connection:
        dana, lee, kim = await metrics.measure_load(connection, workspace, days(1), NOW)

    assert (dana.approvals, dana.rejections, dana.median_seconds) == (1, 1, 3 * 3600)
    assert (lee.person, lee.change_requests, lee.assigned) == ("lee", 1, 0)
    assert (kim.person, kim.decisions, kim.assigned, kim.overdue) == ("kim", 0, 1, 1)


async def test_a_new_workspace_has_nothing_to_tell(database: Database, workspace: str) -> None:
    async with database.snapshot(workspace) as connection:
        events = await metrics.find_events(connection, workspace)
        approvals = await metrics.measure_approvals(connection, workspace, days(2), NOW)
        freshness = await metrics.find_freshness(connection, workspace)
    points, curve = await rates_of(database, workspace, days(2))

    assert (events, approvals.tiers, approvals.median_seconds, curve) == (None, (), None, [])
    assert [point.ends.total for point in points] == [0, 0]
    assert (freshness.last_outcome_at, freshness.settles_after_hours) == (None, 72)


async def test_the_first_and_the_last_event_are_of_any_kind(
    made: LearningRows, database: Database, workspace: str
) -> None:
    made.intervention(hours_ago(9))
    made.outcome(hours_ago(2))

    async with database.snapshot(workspace) as connection:
        found = await metrics.find_events(connection, workspace)

    assert found == Span(hours_ago(9), hours_ago(2))


async def test_another_workspace_sees_none_of_it(
    made: LearningRows, database: Database, workspace: str
) -> None:
    made.outcome(hours_ago(2))

    other = f"{workspace}-other"
    async with database.snapshot(other) as connection:
        points, _ = await metrics.measure_rates(connection, workspace, days(2), SETTLED)

    assert sum(point.ends.total for point in points) == 0


def test_ids_of_rows_have_their_version(made: LearningRows) -> None:
    found = made.id_at(NOW)

    assert isinstance(found, UUID)
    assert (found.version, found.variant) == (7, "specified in RFC 4122")


async def test_rates_read_an_index_and_not_the_whole_past(
    made: LearningRows, database: Database, workspace: str
) -> None:
    made.outcome(hours_ago(5))
    bounds = {
        "workspace": workspace,
        "starts": [hours_ago(9)],
        "ends": [NOW],
    }
    async with database.transaction(workspace) as connection:
        # Tables of tests are so small that reading all of them is the shortest way.
        await connection.execute("SET LOCAL enable_seqscan = off")
        await connection.execute("SET LOCAL enable_bitmapscan = off")
        plan = await fetch_all(connection, EXPLAIN_ENDS, bounds)

    told = "\n".join(str(line) for line in plan)
    assert "Index Only Scan using outcomes_by_time" in told
    assert "(created_at >= w.start_at)" in told
