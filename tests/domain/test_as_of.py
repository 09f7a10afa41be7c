"""What callers may send as `as_of`, and what is still to come."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.as_of import (
    MAX_RELEASE,
    Present,
    UnknownReleaseError,
    check_as_of,
    parse_as_of,
    parse_utc,
)

NOW = datetime(2026, 11, 22, 14, 3, tzinfo=UTC)
PRESENT = Present(newest=12, now=NOW)

_ZONES = st.integers(-23 * 60, 23 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_MOMENTS = st.datetimes(
    datetime.fromisoformat("1971-01-01"), datetime.fromisoformat("2200-01-01"), timezones=_ZONES
)


@given(_MOMENTS)
def test_a_time_as_it_is_printed_is_that_time(moment: datetime) -> None:
    assert parse_as_of(moment.isoformat()) == moment
    assert parse_as_of(moment.astimezone(UTC).isoformat().replace("+00:00", "Z")) == moment


@given(st.integers(0, MAX_RELEASE))
def test_a_number_is_itself_as_a_text_too(number: int) -> None:
    assert parse_as_of(number) == parse_as_of(str(number)) == number


@pytest.mark.parametrize(
    "value",
    [
        "",
        "x",
        -1,
        "-1",
        "1.5",
        1.5,
        True,
        MAX_RELEASE + 1,
        str(MAX_RELEASE + 1),
        "9" * 5_000,
        [],
        {},
        "2026-03-31",
        "2026-03-31T09:12:00",
        "2026-W12-1T09:12:00Z",
        "20260331T091200Z",
        "2026-02-30T09:12:00Z",
        "2026-03-31T25:12:00Z",
        "2026-03-31T09:12:60Z",
        "2026-03-31T09:12:00+25:00",
        "0001-01-01T00:00:00+01:00",
        "\u0661\u0662",
    ],
)
def test_anything_else_is_refused_in_words(value: object) -> None:
    with pytest.raises(ValueError, match="must be a release number, or a time"):
        parse_as_of(value)


@pytest.mark.parametrize("text", ["2026-11-22T14:03", "2026-11-22T14:03:00", "2026-11-22 14:03"])
def test_what_a_form_sends_is_taken_for_utc(text: str) -> None:
    assert parse_utc(text) == NOW


@pytest.mark.parametrize("as_of", [0, 12, NOW, NOW - timedelta(days=9_000)])
def test_what_has_been_can_be_asked_for(as_of: int | datetime) -> None:
    check_as_of(as_of, PRESENT)


@pytest.mark.parametrize("as_of", [13, NOW + timedelta(microseconds=1)])
def test_what_is_to_come_cannot_and_the_newest_is_named(as_of: int | datetime) -> None:
    with pytest.raises(UnknownReleaseError, match="the newest release is 12"):
        check_as_of(as_of, PRESENT)
