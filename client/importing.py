"""Sends a file of interventions, one JSON object a line, to the API. Prints nothing.

Resumable without a journal: the API knows each intervention by `source` and `external_id`, so the
same file sent again is answered as known, and only what was missing is added.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from pydantic import BaseModel, JsonValue

from client.api import LearningLoop
from client.errors import FieldProblem, RefusedError
from client.models import Accepted
from client.patience import PATIENCE_SECONDS, Patience
from domain.batches import AnalysisMode

AT_ONCE = 8
MAX_LINE_BYTES = 2_000_000
"""The API takes no larger body."""

WRONG_KEY = frozenset({401, 403})


class Fate(StrEnum):
    """What became of a line."""

    TAKEN_IN = "taken_in"
    KNOWN = "known"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Line:
    """One line of the file: its number from 1, its bytes, and where it ends in the file."""

    number: int
    raw: bytes
    end: int


class Rejection(BaseModel):
    """A line that was not taken, and why; a line of FILE.rejected.jsonl.

    `intervention` is the line's JSON; a line that is no JSON is in `text`.
    """

    line: int
    code: str
    reason: str
    errors: list[FieldProblem] = []
    intervention: JsonValue = None
    text: str | None = None

    def in_short(self) -> str:
        """Return the line's number with its fields' problems, without what it holds."""
        problems = "; ".join(f"{error.field} {error.message}" for error in self.errors)
        return f"line {self.line}: {problems or self.reason}"


@dataclass
class Counts:
    """How many lines met each fate so far."""

    by_fate: dict[Fate, int] = field(default_factory=lambda: dict.fromkeys(Fate, 0))

    @property
    def lines(self) -> int:
        """All lines that are done."""
        return sum(self.by_fate.values())


Tell = Callable[[Line, Rejection | None], None]


def rejected_path(file: Path) -> Path:
    """Return where the rejected lines of a file are kept."""
    return file.with_name(f"{file.name}.rejected.jsonl")


class RejectedFile:
    """Writes rejections beside the file, for its owner's eyes only: they hold conversations.

    An earlier run's file is replaced when the first line is rejected, or dropped by a complete
    run without any.
    """

    def __init__(self, path: Path) -> None:
        """Write to `path`."""
        self.path = path
        self._file: BinaryIO | None = None

    def __enter__(self) -> Self:
        """Return itself; nothing is opened yet."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file; drop an earlier run's if this one was complete and clean."""
        if self._file is not None:
            self._file.close()
        elif kind is None:
            self.path.unlink(missing_ok=True)

    def add(self, rejection: Rejection) -> None:
        """Write one rejection, at once, so that an interrupted run has kept it."""
        if self._file is None:
            self.path.touch(mode=0o600)
            self.path.chmod(0o600)
            self._file = self.path.open("wb")
        self._file.write(rejection.model_dump_json(exclude_none=True).encode() + b"\n")
        self._file.flush()


def read_lines(file: BinaryIO) -> Iterator[Line]:
    """Yield the lines that hold something; the file is streamed."""
    end = 0
    for number, raw in enumerate(file, start=1):
        end += len(raw)
        stripped = raw.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else raw.strip()
        if stripped:
            yield Line(number, stripped, end)


def rejection_of(
    line: Line, code: str, reason: str, errors: list[FieldProblem] | None = None
) -> Rejection:
    """Return why a line was not taken, with the line itself."""
    rejection = Rejection(line=line.number, code=code, reason=reason, errors=errors or [])
    try:
        return rejection.model_copy(update={"intervention": json.loads(line.raw)})
    except (ValueError, RecursionError):
        return rejection.model_copy(update={"text": line.raw.decode("utf-8", "replace")})


class Importer:
    """Sends lines, a few at once, and waits out an API that is away for a while."""

    def __init__(
        self,
        client: LearningLoop,
        *,
        at_once: int = AT_ONCE,
        patience: float = PATIENCE_SECONDS,
        tell: Tell | None = None,
        analysis: AnalysisMode = AnalysisMode.NOW,
    ) -> None:
        """Send with `client`; `tell` hears of each line that is done."""
        self._analysis = analysis
        self.counts = Counts()
        self._client = client
        self._at_once = at_once
        self._patience = Patience(patience)
        self._tell: Tell = tell or (lambda _line, _rejection: None)

    async def run(self, lines: Iterator[Line]) -> Counts:
        """Send every line; return the counts.

        Raises UnreachableError when nothing was answered for as long as the patience lasts, and
        RefusedError for a key that may not do this.
        """
        async with self._senders() as queue:
            for line in lines:
                await queue.put(line)
            await queue.join()
        return self.counts

    @asynccontextmanager
    async def _senders(self) -> AsyncGenerator[asyncio.Queue[Line]]:
        """Yield the queue that some tasks empty; the first failure of one is raised."""
        queue: asyncio.Queue[Line] = asyncio.Queue(maxsize=self._at_once)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._work(queue)) for _ in range(self._at_once)]
                yield queue
                for task in tasks:
                    task.cancel()
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from None

    async def _work(self, queue: asyncio.Queue[Line]) -> None:
        while True:
            line = await queue.get()
            fate, rejection = await self._send(line)
            self.counts.by_fate[fate] += 1
            self._tell(line, rejection)
            queue.task_done()

    async def _send(self, line: Line) -> tuple[Fate, Rejection | None]:
        if len(line.raw) > MAX_LINE_BYTES:
            reason = f"The line is longer than {MAX_LINE_BYTES} bytes; send a part of it."
            return Fate.REJECTED, rejection_of(line, "too_large", reason)
        try:
            accepted = await self._submit(line)
        except RefusedError as error:
            if error.status in WRONG_KEY:
                raise
            problem = error.problem
            return Fate.REJECTED, rejection_of(line, problem.code, str(error), problem.errors)
        return (Fate.TAKEN_IN if accepted.created else Fate.KNOWN), None

    async def _submit(self, line: Line) -> Accepted:
        return await self._patience.wait_out(lambda: self._client.submit(line.raw, self._analysis))
