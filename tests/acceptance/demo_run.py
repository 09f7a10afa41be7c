"""Runs the demo as a person would, in a folder of its own, and looks at what it left."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from client.connection import RunningStack, running_stack

ROOT = Path(__file__).resolve().parents[2]
COMMAND = Path(sys.executable).parent / "learning-loop"
STAYS_UP = "Ctrl-C stops everything"
_EXTERNAL = ("DATABASE_URL", "TEMPORAL_", "LEARNING_LOOP_", "ANTHROPIC_")


@dataclass
class DemoRun:
    """One run: its output so far, and its folder."""

    home: Path
    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list[str])

    @property
    def output(self) -> str:
        """All that was printed."""
        return "\n".join(self.lines)

    @property
    def stack(self) -> RunningStack:
        """What stack.json tells."""
        stack = running_stack({"LEARNING_LOOP_HOME": str(self.home)})
        assert stack is not None
        return stack

    def read(self, until: str = "") -> None:
        """Read the output up to a line that holds `until`, or to its end."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if until and until in line:
                return
        assert not until, f"the demo ended before '{until}':\n{self.output}"

    def stop(self) -> None:
        """Press Ctrl-C, unless it has ended, and read the rest."""
        assert self.process.stdout is not None
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
        if not self.process.stdout.closed:
            self.read()
            self.process.stdout.close()
        self.process.wait()

    def row(self, query: str) -> str:
        """Return the last line of the output that begins with the query's first words."""
        beginning = query[:28]
        return next(line for line in reversed(self.lines) if line.strip().startswith(beginning))


def clean_environment(home: Path) -> dict[str, str]:
    """Return an environment in which nothing but the demo's own parts is configured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_EXTERNAL)}
    return {**kept, "LEARNING_LOOP_HOME": str(home), "HOME": str(home.parent)}


@contextmanager
def started(command: list[str], home: Path) -> Generator[DemoRun]:
    """Run a command as from a terminal; at the end press Ctrl-C and wait."""
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=clean_environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A terminal's Ctrl-C reaches the whole foreground group, but not this test.
        start_new_session=True,
    )
    run = DemoRun(home, process)
    try:
        yield run
    finally:
        run.stop()


def processes_of(home: Path) -> list[str]:
    """Return the command lines of living processes that were started for a folder."""
    found: list[str] = []
    mark = str(home).encode()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdecimal() or int(folder.name) == os.getpid():
            continue
        try:
            command = (folder / "cmdline").read_bytes()
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if command and (mark in command or mark in environment):
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found
