"""Tiny child processes that stand for the real ones."""

import os
import sys
from dataclasses import dataclass, field
from pathlib import Path

from embedded.processes import Child, Command

WAIT = "import signal; print('up', flush=True); signal.pause()"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True)\n"
    "while True: signal.pause()"
)
PARENT = (
    "import subprocess, sys, signal\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
    "print(child.pid, flush=True); signal.pause()"
)


def python(code: str, name: str = "fake", grace: float = 10.0) -> Command:
    return Command(name, (sys.executable, "-c", code), dict(os.environ), grace=grace)


@dataclass
class FakeService:
    """Ready as soon as its child has written a line."""

    name: str
    code: str
    log: Path
    start_seconds: float = 30.0
    starts: list[int] = field(default_factory=list[int])

    async def prepare(self) -> Command:
        self.starts.append(len(self.starts))
        self.log.write_text("")
        return python(self.code, self.name)

    async def is_ready(self, child: Child) -> bool:
        return self.log.read_text() != ""
