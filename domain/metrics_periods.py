"""Which time a figure covers, and into which steps it is cut. All times are UTC."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple, Self

from pydantic import AwareDatetime, model_validator

from domain.as_of import parse_utc
from domain.base import Model

MAX_STEPS = 400
"""More points than this no chart can show, and no table should."""

DEFAULT_LENGTH = timedelta(weeks=4)

_COMFORTABLE = 48
"""How many points a step that nobody chose may lead to."""


class MetricStep(StrEnum):
    """How long each point of a figure over time is."""

    TEN_SECONDS = "ten_seconds"
    MINUTE = "minute"
    TEN_MINUTES = "ten_minutes"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_FIXED = {
    MetricStep.TEN_SECONDS: timedelta(seconds=10),
    MetricStep.MINUTE: timedelta(minutes=1),
    MetricStep.TEN_MINUTES: timedelta(minutes=10),
    MetricStep.HOUR: timedelta(hours=1),
    MetricStep.DAY: timedelta(days=1),
}


class Period(Model):
    """The time from `start` up to but without `end`, in steps. `start` is where a step begins."""

    start: AwareDatetime
    end: AwareDatetime
    by: MetricStep

    @model_validator(mode="after")
    def _can_be_shown(self) -> Self:
        if problem := _problem_of(self.start, self.end, self.by):
            raise ValueError(problem)
        return self

    def starts(self) -> list[datetime]:
        """Return when each step begins, earliest first."""
        return _starts(self.start, self.end, self.by)

    @property
    def before(self) -> "Span":
        """The time of the same length that ended where this one begins."""
        return Span(self.start - (self.end - self.start), self.start)

    @property
    def cuts_its_last_step(self) -> bool:
        """Whether the last step is not over at the end."""
        return _next_step(self.starts()[-1], self.by) > self.end


class Span(NamedTuple):
    """A time with its start and without its end."""

    start: datetime
    end: datetime


class Wanted(NamedTuple):
    """What somebody asked for, as they wrote it; what is empty is chosen for them."""

    start: str = ""
    end: str = ""
    by: str = ""


def choose_period(wanted: Wanted, *, now: datetime, events: Span | None) -> Period:
    """Return the period that is asked for; by default the last four weeks, in fitting steps.

    `events` are the times of the first and the last thing that happened in the workspace, if any
    did. A workspace that is younger is shown from its first event on, and one that has done
    nothing for longer than it was busy up to its last. Raises ValueError that says what to change.
    """
    given_start, given_end = _parse(wanted.start, "from"), _parse(wanted.end, "to")
    end = min(now, now if given_end is None else _end_of(given_end))
    if given_start is None:
        start, end = _unasked(end, given_end is None, events)
    else:
        start = _begin_of(given_start)
    by = _parse_step(wanted.by) or fitting_step(start, end)
    start = _floor(start, by)
    if problem := _problem_of(start, end, by):
        raise ValueError(problem)
    return Period(start=start, end=end, by=by)


def _starts(start: datetime, end: datetime, by: MetricStep) -> list[datetime]:
    found = [start]
    while len(found) <= MAX_STEPS:
        following = _next_step(found[-1], by)
        if following >= end:
            break
        found.append(following)
    return found


def _problem_of(start: datetime, end: datetime, by: MetricStep) -> str:
    """Return why this is no period; empty if it is one."""
    if start >= end:
        return "'from' must lie before 'to', and not in the future"
    if len(_starts(start, end, by)) > MAX_STEPS:
        return f"that would be more than {MAX_STEPS} points; choose a longer step or less time"
    return ""


def fitting_step(start: datetime, end: datetime) -> MetricStep:
    """Return the shortest step that leads to a comfortable number of points."""
    for step, length in _FIXED.items():
        if end - start <= _COMFORTABLE * length:
            return step
    if end - start <= _COMFORTABLE * timedelta(weeks=1):
        return MetricStep.WEEK
    return MetricStep.MONTH


def _unasked(end: datetime, end_is_free: bool, events: Span | None) -> tuple[datetime, datetime]:
    start = end - DEFAULT_LENGTH
    if events is None or not start < events.start < end:
        return start, end
    busy = events.end - events.start
    if end_is_free and end - events.end > max(busy, timedelta(minutes=1)):
        end = events.end + timedelta(seconds=1)
    return events.start, end


def _parse(text: str, field: str) -> date | datetime | None:
    text = text.strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text) if len(text) == 10 else parse_utc(text)
    except ValueError:
        raise ValueError(
            f"'{field}' must be a date such as 2026-03-31, or a time such as 2026-03-31T09:12:00Z"
        ) from None


def _parse_step(text: str) -> MetricStep | None:
    if not text.strip():
        return None
    try:
        return MetricStep(text.strip())
    except ValueError:
        names = ", ".join(MetricStep)
        raise ValueError(f"'by' must be one of {names}") from None


def _begin_of(given: date | datetime) -> datetime:
    return given if isinstance(given, datetime) else datetime.combine(given, time(), UTC)


def _end_of(given: date | datetime) -> datetime:
    """Return the moment itself, or the end of the day that is named."""
    if isinstance(given, datetime):
        return given
    if given == date.max:
        raise ValueError("'to' is too far in the future")
    return _begin_of(given) + timedelta(days=1)


def _floor(moment: datetime, by: MetricStep) -> datetime:
    moment = moment.astimezone(UTC)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if by is MetricStep.MONTH:
        return midnight.replace(day=1)
    if by is MetricStep.WEEK:
        return midnight - timedelta(days=midnight.weekday())
    length = _FIXED[by]
    return midnight + (moment - midnight) // length * length


def _next_step(moment: datetime, by: MetricStep) -> datetime:
    if by is MetricStep.MONTH:
        return (moment + timedelta(days=32)).replace(day=1)
    if by is MetricStep.WEEK:
        return moment + timedelta(weeks=1)
    return moment + _FIXED[by]


def label_of(moment: datetime, by: MetricStep, others: Sequence[datetime]) -> str:
    """Return a step's name on an axis: as short as it can be and different from the others'."""
    crosses_days = others[0].date() != others[-1].date()
    years = others[0].year != others[-1].year
    if by is MetricStep.MONTH:
        return moment.strftime("%b %Y") if years else moment.strftime("%b")
    day = f"{moment.day} {moment:%b %Y}" if years else f"{moment.day} {moment:%b}"
    if by in {MetricStep.DAY, MetricStep.WEEK}:
        return day
    clock = moment.strftime("%H:%M:%S" if by is MetricStep.TEN_SECONDS else "%H:%M")
    return f"{day}, {clock}" if crosses_days else clock
