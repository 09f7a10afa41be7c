"""Which time figures cover, and their steps."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.metrics_periods import (
    MAX_STEPS,
    MetricStep,
    Period,
    Span,
    Wanted,
    choose_period,
    fitting_step,
    label_of,
)

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
OLD = Span(NOW - timedelta(days=400), NOW)

_MOMENTS = st.integers(0, 30 * 365 * 86_400).map(
    lambda seconds: datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def test_by_default_it_is_the_last_four_weeks_by_day() -> None:
    period = choose_period(Wanted(), now=NOW, events=OLD)

    assert (period.start, period.end, period.by) == (
        datetime(2026, 10, 25, tzinfo=UTC),
        NOW,
        MetricStep.DAY,
    )
    assert len(period.starts()) == 29
    assert period.cuts_its_last_step


def test_a_young_workspace_is_shown_from_its_first_event_in_shorter_steps() -> None:
    events = Span(NOW - timedelta(minutes=25), NOW)

    period = choose_period(Wanted(), now=NOW, events=events)

    assert (period.start, period.end) == (events.start, NOW)
    assert period.by is MetricStep.MINUTE


def test_what_ended_long_ago_is_shown_up_to_its_end() -> None:
    events = Span(NOW - timedelta(hours=20, minutes=2), NOW - timedelta(hours=20))

    period = choose_period(Wanted(), now=NOW, events=events)

    assert period.by is MetricStep.TEN_SECONDS
    assert period.start <= events.start
    assert events.end < period.end <= events.end + timedelta(seconds=1)


def test_without_any_event_there_still_is_a_period() -> None:
    period = choose_period(Wanted(), now=NOW, events=None)

    assert period.end - period.start > timedelta(weeks=4)


def test_days_are_included_whole_and_never_beyond_now() -> None:
    past = choose_period(Wanted("2026-10-01", "2026-10-02", "day"), now=NOW, events=OLD)
    present = choose_period(Wanted("2026-11-21", "2026-11-22"), now=NOW, events=OLD)

    assert (past.start, past.end) == (
        datetime(2026, 10, 1, tzinfo=UTC),
        datetime(2026, 10, 3, tzinfo=UTC),
    )
    assert (present.end, present.by) == (NOW, MetricStep.HOUR)


def test_times_with_a_zone_are_taken_as_they_are() -> None:
    period = choose_period(
        Wanted("2026-11-22T10:00:00+02:00", "2026-11-22T09:00:00Z", "minute"), now=NOW, events=OLD
    )

    assert (period.start.hour, period.end.hour, len(period.starts())) == (8, 9, 60)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (Wanted("yesterday"), "'from' must be a date"),
        (Wanted(end="2026-13-01"), "'to' must be a date"),
        (Wanted(end="9999-12-31", start="9999-12-30"), "'to' is too far"),
        (Wanted("2026-11-20", "2026-11-10"), "'from' must lie before 'to'"),
        (Wanted("2027-01-01"), "'from' must lie before 'to'"),
        (Wanted("2026-01-01", "2026-11-01", "minute"), f"more than {MAX_STEPS} points"),
        (Wanted("0001-01-01", "2026-11-01"), f"more than {MAX_STEPS} points"),
        (Wanted(by="fortnight"), "'by' must be one of"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_words(wanted: Wanted, said: str) -> None:
    with pytest.raises(ValueError, match=said) as caught:
        choose_period(wanted, now=NOW, events=OLD)

    assert not isinstance(caught.value, ValidationError)


def test_months_and_weeks_begin_where_people_expect() -> None:
    months = choose_period(Wanted("2025-11-15", "2026-02-10", "month"), now=NOW, events=OLD)
    weeks = choose_period(Wanted("2026-11-04", "2026-11-20", "week"), now=NOW, events=OLD)

    assert [start.strftime("%Y-%m-%d") for start in months.starts()] == [
        *("2025-11-01", "2025-12-01"),
        *("2026-01-01", "2026-02-01"),
    ]
    assert [start.strftime("%a %d") for start in weeks.starts()] == ["Mon 02", "Mon 09", "Mon 16"]
    assert [label_of(s, months.by, months.starts()) for s in months.starts()][::3] == [
        "Nov 2025",
        "Feb 2026",
    ]


@given(_MOMENTS, st.timedeltas(timedelta(milliseconds=1), timedelta(days=3000)))
def test_steps_cover_the_period_without_holes(start: datetime, length: timedelta) -> None:
    by = fitting_step(start, start + length)
    period = Period(start=start, end=start + length, by=by)

    starts = period.starts()

    assert starts[0] == start
    assert starts == sorted(set(starts))
    assert starts[-1] < period.end
    assert len(starts) <= 120
    assert len({label_of(moment, by, starts) for moment in starts}) == len(starts)
