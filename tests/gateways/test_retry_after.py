"""How long a service asks to wait, in either form of the header."""

from datetime import UTC, datetime, timedelta

import pytest

from gateways.retry_after import retry_after_of

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("7", timedelta(seconds=7)),
        ("0", timedelta(0)),
        ("-3", timedelta(0)),
        ("Sun, 22 Nov 2026 09:01:30 GMT", timedelta(seconds=90)),
        ("Sun, 22 Nov 2026 08:00:00 GMT", timedelta(0)),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str, expected: timedelta | None) -> None:
    assert retry_after_of({"retry-after": value}, NOW) == expected


def test_no_retry_after_header_is_no_wait() -> None:
    assert retry_after_of({}, NOW) is None
