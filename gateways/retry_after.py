"""Reads how long a service asks to wait. Only Temporal, or a caller of the API, waits."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


def retry_after_of(headers: Mapping[str, str], now: datetime) -> timedelta | None:
    """Return the wait that `Retry-After` asks for, in either of its forms (RFC 9110, 10.2.3).

    Never negative; None where the header is absent or makes no sense.
    """
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
        return max(timedelta(seconds=seconds), timedelta(0))
    except (ValueError, OverflowError):
        pass
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return max(when - now, timedelta(0))
