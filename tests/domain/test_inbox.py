from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from domain.inbox import (
    BUILT_IN_VIEWS,
    BuiltInView,
    DueBy,
    InboxFilters,
    SnoozeChoice,
    end_of_day,
    snoozed_until,
)
from domain.knowledge import ItemKind

NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
"""A Friday; in Tokyo it is Saturday, 8:30."""


def test_an_address_says_only_what_filters_and_always_in_one_order() -> None:
    filters = InboxFilters.read({"q": "a b", "kind": "policy", "assignee": "", "due": "x"})
    assert filters == InboxFilters(kind=ItemKind.POLICY, q="a b")
    assert filters.as_query() == "status=in_review&kind=policy&q=a+b"


@pytest.mark.parametrize("view", BUILT_IN_VIEWS, ids=lambda view: view.name)
def test_an_address_is_read_back(view: BuiltInView) -> None:
    filters = InboxFilters(status=None, tag="ä&=#", due=DueBy.TODAY, assignee="Ann Lee")
    for wanted in (filters, view.filters):
        assert InboxFilters.read_query(wanted.as_query()) == wanted


def test_all_is_no_status_and_the_bare_address_is_what_waits() -> None:
    assert InboxFilters.read({"status": "all"}).status is None
    assert InboxFilters.read({}) == InboxFilters.read({"status": "nonsense"}) == InboxFilters()


def test_a_filter_is_taken_away() -> None:
    filters = InboxFilters(status=None, kind=ItemKind.POLICY, q="a")
    assert filters.without("kind") == InboxFilters(status=None, q="a")


def test_a_day_ends_at_midnight() -> None:
    assert end_of_day(NOW) == datetime(2026, 11, 21, tzinfo=UTC)


@pytest.mark.parametrize(
    ("choice", "zone", "until"),
    [
        (SnoozeChoice.HOUR, None, datetime(2026, 11, 21, 0, 30, tzinfo=UTC)),
        (SnoozeChoice.TOMORROW, None, datetime(2026, 11, 21, 9, tzinfo=UTC)),
        # Sunday, 9:00 in Tokyo.
        (SnoozeChoice.TOMORROW, "Asia/Tokyo", datetime(2026, 11, 22, 0, tzinfo=UTC)),
        (SnoozeChoice.NEXT_WEEK, None, datetime(2026, 11, 23, 9, tzinfo=UTC)),
        (SnoozeChoice.DATE, "America/New_York", datetime(2026, 12, 1, 14, tzinfo=UTC)),
    ],
)
def test_a_snooze_ends_in_the_morning(
    choice: SnoozeChoice, zone: str | None, until: datetime
) -> None:
    here = ZoneInfo(zone) if zone else None
    assert snoozed_until(choice, NOW, here, "2026-12-01") == until


@pytest.mark.parametrize("day", ["", "tomorrow", "2026-11-20", "2028-01-01", "2026-02-30"])
def test_a_snooze_needs_a_day_within_a_year(day: str) -> None:
    with pytest.raises(ValueError, match=r"day|future|year"):
        snoozed_until(SnoozeChoice.DATE, NOW, None, day)


@pytest.mark.parametrize(
    ("day", "zone"), [("0001-01-01", "Asia/Tokyo"), ("9999-12-31", "Pacific/Marquesas")]
)
def test_a_day_at_the_end_of_time_is_no_day_within_a_year(day: str, zone: str) -> None:
    with pytest.raises(ValueError, match=r"day|future|year"):
        snoozed_until(SnoozeChoice.DATE, NOW, ZoneInfo(zone), day)
