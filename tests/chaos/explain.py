"""What a failed test of the chaos leaves to read: all that was reported, and the logs' ends."""

import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

LAST_LINES = 40


@contextmanager
def explained(home: Path, reports: Sequence[str] = ()) -> Generator[None]:
    """Print the reports and the last lines of each log in a stack's folder if the block fails.

    The logs hold no secrets: the supervisor has put stars in their place.
    """
    try:
        yield
    except BaseException:
        sys.stdout.write(explanation(home, reports) + "\n")
        raise


def explanation(home: Path, reports: Sequence[str]) -> str:
    """Return the reports, then each log under its name."""
    told = ["the supervisor's reports:", *reports]
    for log in sorted((home / "logs").glob("*.log")):
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
        told += ["", f"the last lines of {log.name}:", *lines[-LAST_LINES:]]
    return "\n".join(told)
