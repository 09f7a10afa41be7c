"""How things are shown on a terminal: safely, and in words."""

import io
import re
import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

# Everything that could move the cursor, recolour or retitle a terminal; line ends and tabs stay.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


_WIDTH_WITHOUT_TERMINAL = 118


def terminal() -> Console:
    """Return a console on the standard output that takes texts as they are."""
    # A Windows or C locale may not know every letter; better a question mark than a crash.
    stream = sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")
    width = None if stream.isatty() else _WIDTH_WITHOUT_TERMINAL
    return Console(width=width, highlight=False, markup=False)


def progress_bar(out: Console) -> Progress:
    """Return a bar that a terminal shows while it is entered, and nothing else does."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=out,
        transient=True,
        disable=not out.is_terminal,
    )


def plain(text: str) -> str:
    """Return `text` without what could command a terminal: customers wrote parts of it."""
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def words(value: StrEnum) -> str:
    """Return a status or kind as people say it."""
    return value.value.replace("_", " ")


def span(duration: timedelta) -> str:
    """Return a length of time in its greatest unit, such as `2 d`; below a minute, `moments`."""
    minutes = int(abs(duration).total_seconds()) // 60
    if minutes == 0:
        return "moments"
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} d"


def since(moment: datetime, now: datetime | None = None) -> str:
    """Return for how long something has been so."""
    return f"for {span((now or datetime.now(UTC)) - moment)}"


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
