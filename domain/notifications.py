"""What people are told of reviews: on which occasions, by which channels, and when."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, model_validator

from domain.base import Line, Model
from domain.identity import ApiRole, has_rank
from domain.people import KnownPerson


class Occasion(StrEnum):
    """Why people are told."""

    OPENED = "opened"
    REMINDER = "reminder"
    ESCALATED = "escalated"
    PARKED = "parked"
    CAME_BACK = "came_back"
    """Changes that somebody asked for are in, the item has moved, or an edit does worse."""
    MENTIONED = "mentioned"
    ASSIGNED = "assigned"
    APPLIED = "applied"
    REJECTED = "rejected"
    DIGEST = "digest"

    @property
    def asks(self) -> bool:
        """Whether somebody is asked to decide."""
        return self in _ASKING


_ASKING = frozenset(
    {
        Occasion.OPENED,
        Occasion.REMINDER,
        Occasion.ESCALATED,
        Occasion.CAME_BACK,
        Occasion.MENTIONED,
        Occasion.ASSIGNED,
    }
)


class Channel(StrEnum):
    """How a message travels."""

    SLACK = "slack"
    EMAIL = "email"
    WEBHOOK = "webhook"


class Route(StrEnum):
    """Which way a person wants to hear of one kind of occasion."""

    BEST = "best"
    """Slack where it is connected, else email."""
    SLACK = "slack"
    EMAIL = "email"
    BOTH = "both"
    DIGEST_ONLY = "digest_only"
    NOT_AT_ALL = "not_at_all"


class DeliveryStatus(StrEnum):
    """Where one message by one channel stands."""

    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    DROPPED = "dropped"
    """It had nothing to say any more when its time came."""


DEFAULT_ROUTES: Mapping[Occasion, Route] = {
    Occasion.OPENED: Route.DIGEST_ONLY,
    Occasion.REMINDER: Route.BEST,
    Occasion.ESCALATED: Route.BEST,
    Occasion.PARKED: Route.BEST,
    Occasion.CAME_BACK: Route.BEST,
    Occasion.MENTIONED: Route.BEST,
    Occasion.ASSIGNED: Route.BEST,
    Occasion.APPLIED: Route.BEST,
    Occasion.REJECTED: Route.BEST,
    Occasion.DIGEST: Route.BEST,
}
"""How those are told who have not said otherwise."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone, such as Europe/Berlin") from None
    return name


ZoneName = Annotated[str, Field(min_length=1, max_length=60), AfterValidator(_known_zone)]


class NotificationPreferences(Model):
    """How a person wants to be told. Quiet hours may go over midnight."""

    routes: dict[Occasion, Route] = Field(default_factory=dict[Occasion, Route])
    time_zone: ZoneName = "UTC"
    digest_hour: int = Field(default=8, ge=0, le=23, description="In the person's time zone.")
    quiet_from: time | None = None
    quiet_until: time | None = None

    @model_validator(mode="after")
    def _quiet_hours_are_whole(self) -> Self:
        if (self.quiet_from is None) != (self.quiet_until is None):
            raise ValueError("quiet hours have a beginning and an end")
        if self.quiet_from is not None and self.quiet_from == self.quiet_until:
            raise ValueError("quiet hours must end at another time than they begin")
        return self

    def route(self, occasion: Occasion) -> Route:
        """Return the way that was chosen, or the usual one."""
        return self.routes.get(occasion, DEFAULT_ROUTES[occasion])

    def zone(self) -> ZoneInfo:
        """Return the person's time zone."""
        return ZoneInfo(self.time_zone)

    def without_email(self) -> Self:
        """Return the same with no message by email any more."""
        return self.model_copy(
            update={"routes": {o: _without_email(self.route(o)) for o in Occasion}}
        )


def _without_email(route: Route) -> Route:
    match route:
        case Route.BEST | Route.BOTH | Route.SLACK:
            return Route.SLACK
        case Route.EMAIL:
            return Route.NOT_AT_ALL
        case Route.DIGEST_ONLY | Route.NOT_AT_ALL:
            return route


class Reach(Model):
    """One person's wishes, and where they can be reached. `person` is a folded name."""

    person: Line
    preferences: NotificationPreferences = NotificationPreferences()
    email: str | None = None
    """Confirmed by its owner, or vouched for by the identity provider or an administrator."""
    slack_user: str | None = None

    def channels(self, occasion: Occasion, available: Iterable[Channel]) -> tuple[Channel, ...]:
        """Return by which channels the person hears of an occasion at once."""
        there = set(available)
        slack = self.slack_user is not None and Channel.SLACK in there
        email = self.email is not None and Channel.EMAIL in there
        match self.preferences.route(occasion):
            case Route.BEST:
                wanted = [Channel.SLACK] if slack else [Channel.EMAIL]
            case Route.SLACK:
                wanted = [Channel.SLACK]
            case Route.EMAIL:
                wanted = [Channel.EMAIL]
            case Route.BOTH:
                wanted = [Channel.SLACK, Channel.EMAIL]
            case Route.DIGEST_ONLY | Route.NOT_AT_ALL:
                wanted = []
        possible = {Channel.SLACK: slack, Channel.EMAIL: email, Channel.WEBHOOK: False}
        return tuple(channel for channel in wanted if possible[channel])


def earliest(preferences: NotificationPreferences, now: datetime) -> datetime:
    """Return when a message may go out, in UTC: now, or when the quiet hours end."""
    begin, end = preferences.quiet_from, preferences.quiet_until
    if begin is None or end is None:
        return now
    local = now.astimezone(preferences.zone())
    clock = local.time().replace(tzinfo=None)
    over_midnight = begin > end
    is_quiet = (clock >= begin or clock < end) if over_midnight else begin <= clock < end
    if not is_quiet:
        return now
    day = local.date() + timedelta(days=1 if over_midnight and clock >= begin else 0)
    ends = datetime.combine(day, end, tzinfo=preferences.zone())
    return max(now, ends.astimezone(UTC))


def digest_day(preferences: NotificationPreferences, now: datetime) -> str | None:
    """Return the day of the digest that is due, as the person dates it; None at other hours."""
    local = now.astimezone(preferences.zone())
    return local.date().isoformat() if local.hour == preferences.digest_hour else None


def people_of_tier(people: Iterable[KnownPerson], group: ApiRole) -> list[KnownPerson]:
    """Return who is asked in a tier: those of just its role, or else of the next higher one.

    A lead may decide what waits for reviewers, and need not hear of it before it comes to leads.
    """
    able = [person for person in people if has_rank(person.role, group)]
    for role in (ApiRole.REVIEWER, ApiRole.LEAD, ApiRole.ADMIN):
        if has_rank(role, group) and (found := [p for p in able if p.role is role]):
            return found
    return []


_LOCAL = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"

EmailAddress = Annotated[str, Field(max_length=254, pattern=rf"^{_LOCAL}@{_LABEL}(?:\.{_LABEL})+$")]
"""One bare address, without a name, a comment or a line break."""
