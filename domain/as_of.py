"""Which release a question about the past means: a number, or the newest one made by a time."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator

from domain.base import Model
from domain.errors import DomainError

MAX_RELEASE = 2**31 - 1
"""The greatest number that the record can hold."""

_NUMBER = re.compile(r"[0-9]{1,10}")
# https://www.rfc-editor.org/rfc/rfc3339#section-5.6, and the form of an HTML date-time field,
# which has no zone and may have no seconds.
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?"
    r"(?P<zone>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_REMEDY = "must be a release number, or a time with its zone such as 2026-03-31T09:12:00Z"


class UnknownReleaseError(DomainError):
    """There is no such release yet."""

    code = "unknown_release"


class Present(Model):
    """The newest release (0 before the first), and the latest time that can be asked about."""

    newest: int
    now: AwareDatetime


def parse_as_of(value: object) -> int | datetime:
    """Return what a caller sent as a release number or as a time in UTC.

    Raises ValueError that says what to send.
    """
    if isinstance(value, datetime):
        return value
    if isinstance(value, str):
        return _parse_text(value.strip())
    if isinstance(value, int) and not isinstance(value, bool):
        return _checked_number(value)
    raise ValueError(_REMEDY)


def parse_utc(text: str) -> datetime:
    """Return a time, taken for UTC unless it names its zone; raises ValueError."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError(_REMEDY)
    try:
        moment = datetime.fromisoformat(text.upper())
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(_REMEDY) from None


def _parse_text(text: str) -> int | datetime:
    if _NUMBER.fullmatch(text):
        return _checked_number(int(text))
    found = _TIME.fullmatch(text)
    if found is None or found["zone"] is None:
        raise ValueError(_REMEDY)
    return parse_utc(text)


def _checked_number(number: int) -> int:
    if not 0 <= number <= MAX_RELEASE:
        raise ValueError(_REMEDY)
    return number


AsOf = Annotated[int | AwareDatetime, BeforeValidator(parse_as_of)]
"""A release number (0 is before the first), or a time."""


def check_as_of(as_of: int | datetime, present: Present) -> None:
    """Raise UnknownReleaseError for a release that is not made yet, or a time still to come."""
    newest = f"the newest release is {present.newest}"
    if isinstance(as_of, datetime):
        if as_of > present.now:
            raise UnknownReleaseError(f"must not lie in the future; {newest}")
    elif as_of > present.newest:
        raise UnknownReleaseError(f"must be {present.newest} or less: {newest}")
