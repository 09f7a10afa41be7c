"""Tells a person what the demo does: steps with their seconds, on a terminal or as plain lines."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status

from client.shown import terminal
from embedded.console import Console as StackConsole


class Step:
    """A step under way; `detail` is what is shown beside it, `outcome` what is said at its end."""

    def __init__(self, text: str, status: Status) -> None:
        """Show `text` until the step ends."""
        self._text = text
        self._status = status
        self.outcome = ""

    def detail(self, text: str) -> None:
        """Show how far the step is."""
        self._status.update(f"{self._text}: {text}")


class Teller(StackConsole):
    """Writes to `console`; the children's own lines are in the logs folder only."""

    def __init__(self, console: Console | None = None) -> None:
        """Write to the standard output unless another console is given."""
        super().__init__()
        self.console = console or terminal()
        self.started_at = time.monotonic()

    def echo(self, name: str, line: str) -> None:
        """Leave the line to the log file."""

    def report(self, text: str) -> None:
        """Show the supervisor's own word."""
        for line in text.splitlines():
            self.line(f"  {line}", style="dim")

    def line(self, text: str = "", *, style: str = "") -> None:
        """Show one line as it is, however long, so that it can be copied."""
        self.console.print(text, style=style or None, markup=False, highlight=False, soft_wrap=True)

    def seconds(self) -> float:
        """Return how long the demo has run."""
        return time.monotonic() - self.started_at

    @contextmanager
    def step(self, text: str) -> Generator[Step]:
        """Show a step while it is under way, and what came of it with its seconds."""
        began = time.monotonic()
        with self.console.status(text) as status:
            step = Step(text, status)
            yield step
        took = time.monotonic() - began
        outcome = f": {step.outcome}" if step.outcome else ""
        self.line(f"✓ {text}{outcome}  ({took:.1f} s)")
