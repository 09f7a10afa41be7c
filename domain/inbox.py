"""What an inbox can be narrowed to, as its address says it, and how long a proposal is put off."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any, Self
from urllib.parse import parse_qsl, urlencode
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, StringConstraints, ValidationError

from domain.base import Line, Model, storable_text
from domain.findings import Gap
from domain.identity import ApiRole
from domain.knowledge import ItemKind
from domain.proposals import ProposalStatus

ME, NOBODY = "me", "nobody"
"""Assignees that are no name: whoever looks, and no one."""

ALL = "all"
"""The status of an address that wants all of them."""

OptionalLine = Annotated[
    str,
    StringConstraints(strip_whitespace=True, max_length=300),
    AfterValidator(storable_text),
]

LONGEST_SNOOZE = timedelta(days=366)
_MORNING = time(9)


class DueBy(StrEnum):
    """When a review is due at the latest; each holds the ones before it."""

    OVERDUE = "overdue"
    TODAY = "today"
    THIS_WEEK = "this_week"


class Snoozed(StrEnum):
    """What becomes of proposals that the person has put off."""

    HIDDEN = "hidden"
    ONLY = "only"
    SHOWN = "shown"


class AwaitedApproval(StrEnum):
    """Which approval a proposal waits for."""

    SECOND = "second"
    """Somebody else has approved it, that is not enough, and one by this person would count."""


class SnoozeChoice(StrEnum):
    """Until when a person puts a proposal off."""

    HOUR = "hour"
    TOMORROW = "tomorrow"
    NEXT_WEEK = "next_week"
    DATE = "date"


class InboxFilters(Model):
    """What the inbox shows. Without `status` all of them; an empty text filters nothing."""

    status: ProposalStatus | None = ProposalStatus.IN_REVIEW
    kind: ItemKind | None = None
    gap: Gap | None = None
    tier: ApiRole | None = None
    """The group that its review is with now."""
    assignee: OptionalLine = ""
    tag: OptionalLine = ""
    due: DueBy | None = None
    awaits: AwaitedApproval | None = None
    snoozed: Snoozed = Snoozed.HIDDEN
    q: OptionalLine = ""

    @property
    def chosen(self) -> dict[str, str]:
        """What narrows the inbox beside its status, by name, in a fixed order."""
        values = self.model_dump(mode="json", exclude={"status"})
        plain = InboxFilters().model_dump(mode="json")
        return {name: value for name, value in values.items() if value and value != plain[name]}

    def as_query(self, **others: str) -> str:
        """Return the one query string that says this, with `others` behind it."""
        return urlencode({"status": self.status or ALL, **self.chosen, **others})

    def without(self, name: str) -> Self:
        """Return the filters with one of them taken away."""
        kept = {key: value for key, value in self if key != name}
        return type(self).model_validate(kept)

    @classmethod
    def read(cls, values: Mapping[str, str]) -> Self:
        """Return the filters of an address; what it says that no filter knows is left out."""
        said = {name: value for name, value in values.items() if name in cls.model_fields}
        known: dict[str, Any] = {}
        for name, value in said.items():
            # An old address must not stop to work because a value of it is gone.
            try:
                known |= cls.model_validate({name: value}).model_dump(include={name})
            except ValidationError:
                continue
        if said.get("status") == ALL:
            known["status"] = None
        return cls.model_validate(known)

    @classmethod
    def read_query(cls, query: str) -> Self:
        """Return the filters of a query string, as `read` does."""
        return cls.read(dict(parse_qsl(query.removeprefix("?"))))


class BuiltInView(Model):
    """A view of the inbox that everybody has."""

    name: Line
    filters: InboxFilters


BUILT_IN_VIEWS = (
    BuiltInView(name="All open", filters=InboxFilters()),
    BuiltInView(name="Mine", filters=InboxFilters(assignee=ME)),
    BuiltInView(name="Unassigned", filters=InboxFilters(assignee=NOBODY)),
    BuiltInView(name="Overdue", filters=InboxFilters(due=DueBy.OVERDUE)),
    BuiltInView(
        name="Needs my second approval", filters=InboxFilters(awaits=AwaitedApproval.SECOND)
    ),
)


def end_of_day(now: datetime) -> datetime:
    """Return the next midnight, UTC."""
    return datetime.combine(now.astimezone(UTC).date() + timedelta(days=1), time(), UTC)


def snoozed_until(
    choice: SnoozeChoice, now: datetime, zone: ZoneInfo | None = None, day: str = ""
) -> datetime:
    """Return the end of a snooze that begins now; mornings are at 9:00 in `zone` (or UTC).

    `day` is the date of SnoozeChoice.DATE, as `2026-11-30`. Raises ValueError for one that is no
    date, that is over, or that is more than a year away.
    """
    if choice is SnoozeChoice.HOUR:
        return now + timedelta(hours=1)
    here = now.astimezone(zone or UTC)
    today = here.date()
    if choice is SnoozeChoice.TOMORROW:
        wanted = today + timedelta(days=1)
    elif choice is SnoozeChoice.NEXT_WEEK:
        wanted = today + timedelta(days=7 - today.weekday())
    else:
        try:
            wanted = datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC).date()
        except ValueError:
            raise ValueError("choose a day") from None
    try:
        until = datetime.combine(wanted, _MORNING, here.tzinfo).astimezone(UTC)
    except OverflowError:
        # The first and the last days that there are lie beyond them in some zones.
        raise ValueError("choose a day within a year") from None
    check_snooze(until, now)
    return until


def check_snooze(until: datetime, now: datetime) -> None:
    """Raise ValueError unless a snooze may end then: later than now, within a year."""
    if until <= now:
        raise ValueError("must lie in the future")
    if until > now + LONGEST_SNOOZE:
        raise ValueError("must be within a year")
