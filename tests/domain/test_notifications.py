"""Who hears of what, by which channel, and not before when."""

from datetime import UTC, datetime, time

import pytest
from pydantic import TypeAdapter, ValidationError

from domain.identity import ApiRole
from domain.notifications import (
    Channel,
    EmailAddress,
    NotificationPreferences,
    Occasion,
    Reach,
    Route,
    digest_day,
    earliest,
    people_of_tier,
)
from domain.people import KnownPerson

ALL = tuple(Channel)


def reach(route: Route, *, slack: bool = True, email: bool = True) -> Reach:
    return Reach(
        person="dana",
        preferences=NotificationPreferences(routes={Occasion.OPENED: route}),
        email="dana@example.test" if email else None,
        slack_user="UDANA" if slack else None,
    )


@pytest.mark.parametrize(
    ("route", "slack", "email", "wanted"),
    [
        (Route.BEST, True, True, (Channel.SLACK,)),
        (Route.BEST, False, True, (Channel.EMAIL,)),
        (Route.BEST, False, False, ()),
        (Route.SLACK, False, True, ()),
        (Route.EMAIL, True, True, (Channel.EMAIL,)),
        (Route.BOTH, True, True, (Channel.SLACK, Channel.EMAIL)),
        (Route.DIGEST_ONLY, True, True, ()),
        (Route.NOT_AT_ALL, True, True, ()),
    ],
)
def test_a_message_goes_the_way_that_was_chosen(
    route: Route, slack: bool, email: bool, wanted: tuple[Channel, ...]
) -> None:
    assert reach(route, slack=slack, email=email).channels(Occasion.OPENED, ALL) == wanted


def test_without_slack_in_the_installation_the_best_way_is_email() -> None:
    only = (Channel.EMAIL, Channel.WEBHOOK)
    assert reach(Route.BEST).channels(Occasion.OPENED, only) == (Channel.EMAIL,)


def test_who_unsubscribes_gets_no_mail_of_any_occasion() -> None:
    chosen = NotificationPreferences(
        routes={Occasion.OPENED: Route.BOTH, Occasion.APPLIED: Route.EMAIL}
    )
    after = Reach(person="dana", preferences=chosen.without_email(), email="a@b.test")
    assert all(after.channels(occasion, ALL) == () for occasion in Occasion)
    assert chosen.without_email().route(Occasion.OPENED) is Route.SLACK


BERLIN = NotificationPreferences(
    time_zone="Europe/Berlin", quiet_from=time(20), quiet_until=time(7, 30)
)


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        (datetime(2026, 11, 22, 12, tzinfo=UTC), datetime(2026, 11, 22, 12, tzinfo=UTC)),
        (datetime(2026, 11, 22, 19, tzinfo=UTC), datetime(2026, 11, 23, 6, 30, tzinfo=UTC)),
        (datetime(2026, 11, 23, 2, tzinfo=UTC), datetime(2026, 11, 23, 6, 30, tzinfo=UTC)),
        # The night in which the clocks go forward is an hour shorter.
        (datetime(2026, 3, 28, 23, tzinfo=UTC), datetime(2026, 3, 29, 5, 30, tzinfo=UTC)),
    ],
)
def test_quiet_hours_hold_messages_back(now: datetime, wanted: datetime) -> None:
    assert earliest(BERLIN, now) == wanted


def test_quiet_hours_within_a_day_end_on_that_day() -> None:
    noon = NotificationPreferences(quiet_from=time(12), quiet_until=time(13))
    now = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
    assert earliest(noon, now) == datetime(2026, 11, 22, 13, tzinfo=UTC)


def test_a_digest_is_due_at_the_persons_own_hour() -> None:
    chosen = NotificationPreferences(time_zone="Asia/Kolkata", digest_hour=8)
    assert digest_day(chosen, datetime(2026, 11, 22, 3, tzinfo=UTC)) == "2026-11-22"
    assert digest_day(chosen, datetime(2026, 11, 22, 4, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "../../etc/passwd"},
        {"time_zone": "Europe/Nowhere"},
        {"digest_hour": 24},
        {"quiet_from": "20:00"},
        {"quiet_from": "20:00", "quiet_until": "20:00"},
    ],
)
def test_preferences_that_make_no_sense_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        NotificationPreferences.model_validate(wrong)


PEOPLE = [
    KnownPerson(name="rae", role=ApiRole.REVIEWER),
    KnownPerson(name="lee", role=ApiRole.LEAD),
    KnownPerson(name="ada", role=ApiRole.ADMIN),
]


def test_a_tier_is_those_of_its_role() -> None:
    assert [p.name for p in people_of_tier(PEOPLE, ApiRole.REVIEWER)] == ["rae"]
    assert [p.name for p in people_of_tier(PEOPLE, ApiRole.LEAD)] == ["lee"]


def test_a_tier_without_people_is_those_of_the_next_role() -> None:
    assert [p.name for p in people_of_tier(PEOPLE[1:], ApiRole.REVIEWER)] == ["lee"]
    assert people_of_tier([], ApiRole.ADMIN) == []


@pytest.mark.parametrize(
    "address",
    [
        "dana@example.test\r\nBcc: all@example.test",
        "Dana <dana@example.test>",
        "dana@localhost",
        "a@b@c.test",
        "dana@example.test, all@example.test",
        "",
    ],
)
def test_only_one_bare_address_is_an_address(address: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(EmailAddress).validate_python(address)
