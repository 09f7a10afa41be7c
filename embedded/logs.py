"""Where the output of children goes: a size-limited file each, perhaps a listener (a console)."""

import os
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TextIO

Echo = Callable[[str, str], None]
"""Called with the child's name and one line of its output, without the line end."""

MAX_BYTES = 10_000_000
MAX_LINE = 64_000
TAIL_LINES = 20


class ChildLog:
    """One child's log: `path`; over `max_bytes` it becomes `path.1`, replacing that."""

    def __init__(
        self,
        name: str,
        path: Path,
        *,
        echo: Echo | None = None,
        secrets: Collection[str] = (),
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.name = name
        self.path = path
        self._echo = echo
        self._secrets = [secret for secret in secrets if secret]
        self._max_bytes = max_bytes
        self._rest = b""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._open()
        # The file goes on from run to run; an error message shows this run only.
        self._start = path.stat().st_size

    def _open(self) -> TextIO:
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        return os.fdopen(descriptor, "a", encoding="utf-8")

    def feed(self, data: bytes) -> None:
        """Takes a piece of output; complete lines are written and passed on."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > MAX_LINE:
            lines, self._rest = [*lines, self._rest], b""
        for line in lines:
            self.write(line.decode("utf-8", "replace").rstrip("\r"))

    def write(self, line: str) -> None:
        for secret in self._secrets:
            line = line.replace(secret, "***")
        self._file.write(line + "\n")
        self._file.flush()
        if self._file.tell() > self._max_bytes:
            self._rotate()
        if self._echo is not None:
            self._echo(self.name, line)

    def _rotate(self) -> None:
        self._file.close()
        os.replace(self.path, self.path.with_name(self.path.name + ".1"))
        self._file = self._open()
        self._start = 0

    def flush(self) -> None:
        """Writes what came without a line end."""
        if self._rest:
            self.feed(b"\n")

    def mute(self) -> None:
        """Tells the listener nothing more; the file still gets everything."""
        self._echo = None

    def close(self) -> None:
        self.flush()
        self._file.close()

    def tail(self) -> str:
        """The last lines of this run, for an error message."""
        with self.path.open("rb") as file:
            file.seek(max(self._start, self.path.stat().st_size - MAX_LINE))
            lines = file.read().decode("utf-8", "replace").splitlines()
        return "\n".join(lines[-TAIL_LINES:])
