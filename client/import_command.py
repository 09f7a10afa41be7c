"""`learning-loop import`: progress, rejected lines, and the exit code."""

import asyncio
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from client.api import LearningLoop
from client.checking import check_lines
from client.connection import Given, find_target
from client.errors import ConfigurationError, UnreachableError
from client.importing import (
    Counts,
    Fate,
    Importer,
    Line,
    RejectedFile,
    Rejection,
    Tell,
    read_lines,
    rejected_path,
)
from client.shown import plain, progress_bar, terminal
from domain.batches import AnalysisMode
from domain.identity import ApiRole

SOME_REJECTED = 3
_SHOWN_REJECTIONS = 20


class Intent(StrEnum):
    """Whether the lines are sent."""

    SEND = "send"
    CHECK = "check"


class ImportCommand:
    """One import of one file."""

    def __init__(
        self,
        file: Path,
        given: Given,
        intent: Intent,
        patience: float,
        analysis: AnalysisMode = AnalysisMode.NOW,
    ) -> None:
        """Prepare; nothing is read yet."""
        self._analysis = analysis
        self._file = file
        self._given = given
        self._intent = intent
        self._patience = patience
        self._out = terminal()
        self._rejected = RejectedFile(rejected_path(file))
        self._shown = 0

    def run(self) -> int:
        """Import the file; return 0, or 3 if lines were rejected. Raises ClientError."""
        try:
            with (
                self._file.open("rb") as opened,
                self._rejected,
                progress_bar(self._out) as progress,
            ):
                task = progress.add_task(self._file.name, total=self._file.stat().st_size)

                def tell(line: Line, rejection: Rejection | None) -> None:
                    progress.update(task, completed=line.end)
                    if rejection is not None:
                        self._reject(rejection)

                lines = read_lines(opened)
                if self._intent is Intent.CHECK:
                    counts = check_lines(lines, tell)
                else:
                    counts = asyncio.run(self._send(lines, tell))
        except OSError as error:
            raise ConfigurationError(f"{self._file}: {error.strerror or error}.") from None
        self._out.print(self._summary(counts), soft_wrap=True)
        return SOME_REJECTED if counts.by_fate[Fate.REJECTED] else 0

    async def _send(self, lines: Iterator[Line], tell: Tell) -> Counts:
        target = find_target(self._given, ApiRole.INTEGRATION)
        async with LearningLoop(target) as client:
            importer = Importer(client, patience=self._patience, tell=tell, analysis=self._analysis)
            try:
                return await importer.run(lines)
            except UnreachableError as error:
                raise UnreachableError(f"{error} {_stopped(importer.counts)}") from None
            except asyncio.CancelledError:
                sys.stderr.write(f"learning-loop: {_stopped(importer.counts)}\n")
                raise

    def _reject(self, rejection: Rejection) -> None:
        self._rejected.add(rejection)
        self._shown += 1
        if self._shown <= _SHOWN_REJECTIONS:
            self._out.print(plain(rejection.in_short()), soft_wrap=True)
        elif self._shown == _SHOWN_REJECTIONS + 1:
            self._out.print("… the rest is in the file of rejected lines")

    def _summary(self, counts: Counts) -> str:
        taken, known, rejected = (counts.by_fate[fate] for fate in Fate)
        new = "valid" if self._intent is Intent.CHECK else "taken in"
        parts = [f"{taken} {new}"]
        if known:
            parts.append(f"{known} repeated" if self._intent is Intent.CHECK else f"{known} known")
        if rejected:
            parts.append(f"{rejected} rejected, kept in {self._rejected.path}")
        return f"{counts.lines} interventions: {', '.join(parts)}."


def _stopped(counts: Counts) -> str:
    return f"Stopped after {counts.lines} lines; the same command goes on where this one stopped."
