"""How things are shown on a terminal: safely, and in words."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

# Everything that could move the cursor, recolour or retitle a terminal; line ends and tabs stay.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def plain(text: str) -> str:
    """Return `text` without what could command a terminal: customers wrote parts of it."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def words(value: StrEnum) -> str:
    """Return a status or kind as people say it."""
    return value.value.replace("_", " ")


def span(duration: timedelta) -> str:
    """Return a length of time in its two greatest units, such as `2 d 3 h`; below a minute so."""
    minutes = int(abs(duration).total_seconds()) // 60
    if minutes == 0:
        return "less than a minute"
    days, hours = divmod(minutes // 60, 24)
    parts = [f"{days} d" if days else "", f"{hours} h" if hours else ""]
    if not days:
        parts.append(f"{minutes % 60} min" if minutes % 60 else "")
    return " ".join(part for part in parts if part)


def since(moment: datetime, now: datetime | None = None) -> str:
    """Return how long ago a moment was."""
    return f"{span((now or datetime.now(UTC)) - moment)} ago"


def until(moment: datetime, now: datetime | None = None) -> str:
    """Return when a moment will be, or that it has passed."""
    left = moment - (now or datetime.now(UTC))
    return f"overdue by {span(left)}" if left < timedelta(0) else f"in {span(left)}"


def counted(statuses: Iterable[StrEnum]) -> str:
    """Return `12 in review, 3 learned`: how often each stands there, the most frequent first."""
    counts: dict[StrEnum, int] = {}
    for status in statuses:
        counts[status] = counts.get(status, 0) + 1
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0].value))
    return ", ".join(f"{count} {words(status)}" for status, count in ordered)
