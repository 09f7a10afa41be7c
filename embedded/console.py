"""What a person sees of a running stack: the children's lines with their names before them."""

import os
import sys
from typing import TextIO

COLOURS = {"postgres": 34, "temporal": 35, "migrate": 33, "worker": 32, "api": 36}
WIDTH = max(len(name) for name in COLOURS)
OWN_NAME = "loop"
BOLD = 1


class Console:
    """Writes prefixed lines to `out`, in colour when it is a terminal and NO_COLOR is not set."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout
        self._colour = self._out.isatty() and not os.environ.get("NO_COLOR")

    def echo(self, name: str, line: str) -> None:
        """One line of a child's output."""
        prefix = f"{name:<{WIDTH}} | "
        if self._colour:
            prefix = f"\033[{COLOURS.get(name, BOLD)}m{prefix}\033[0m"
        try:
            self._out.write(f"{prefix}{line}\n")
            self._out.flush()
        except (OSError, ValueError):
            # The reader of a pipe has gone; the log files still get everything.
            return

    def report(self, text: str) -> None:
        """The supervisor's own word, of one or more lines."""
        for line in text.splitlines():
            self.echo(OWN_NAME, line)
