"""`learning-loop knowledge import`: progress, problems, files that learn their ids, exit code."""

import asyncio
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from client.api import LearningLoop
from client.connection import Given, find_target
from client.errors import ConfigurationError, UnreachableError
from client.formats.choices import Format
from client.formats.detect import count_entries, detect, read_entries
from client.formats.entry import Effect, FileProblem, Outcome, ReadEntry
from client.formats.help_centre import Restricted
from client.formats.write_back import Stored, write_back
from client.import_command import SOME_REJECTED, Intent
from client.knowledge_importing import Counts, KnowledgeImporter, Settled, batches
from client.shown import plain, progress_bar, terminal, words
from domain.identity import ApiRole
from domain.imports import ImportOutcome
from domain.knowledge import ItemKind

Counted = TypeVar("Counted", bound=StrEnum)

_ALWAYS_SHOWN = frozenset({Effect.LEFT_OUT, Effect.NOT_NOTED})
_MOST_SHOWN = 20
_OUTCOMES = {outcome: words(outcome) for outcome in ImportOutcome} | {
    ImportOutcome.CONFLICT: "in conflict"
}
_EFFECTS = {
    Effect.LEFT_OUT: "left out",
    Effect.SKIPPED: "skipped",
    Effect.KEY_IGNORED: "keys ignored",
    Effect.NOT_NOTED: "not written back",
}


class WriteBack(StrEnum):
    """Whether Markdown files get the id and revision of the item that they are now."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True)
class Wanted:
    """What to bring in, and how; `patience` in seconds."""

    path: Path
    format: Format | None
    intent: Intent
    restricted: Restricted
    write_back: WriteBack
    patience: float


class KnowledgeImport:
    """One import of one folder or file."""

    def __init__(self, wanted: Wanted, given: Given) -> None:
        """Prepare; nothing is read or sent yet. Raises ClientError for what cannot be read."""
        self._wanted = wanted
        self._given = given
        self._format = wanted.format or detect(wanted.path)
        self._out = terminal()
        self._bar = progress_bar(self._out)
        self._shown: Counter[Effect] = Counter()
        self._files: dict[UUID, str] = {}
        self._noted = 0

    def run(self) -> int:
        """Import it; return 0, or 3 if an entry was left out or in conflict. Raises ClientError."""
        path = self._wanted.path
        try:
            with self._bar:
                self._bar.add_task(path.name, total=count_entries(path, self._format))
                outcomes = read_entries(path, self._format, self._wanted.restricted)
                if self._wanted.intent is Intent.CHECK:
                    counts, done = self._check(outcomes)
                else:
                    counts = asyncio.run(self._send(outcomes))
                    done = _listed(counts.outcomes, _OUTCOMES)
        except OSError as error:
            raise ConfigurationError(f"{path}: {error.strerror or error}.") from None
        problems = _listed(counts.effects, _EFFECTS)
        self._print("; ".join(part for part in (done or "nothing to import", problems) if part))
        if self._noted:
            self._print(f"{self._noted} files now name their item and its revision.")
        return 0 if counts.is_complete else SOME_REJECTED

    def _check(self, outcomes: Iterator[Outcome]) -> tuple[Counts, str]:
        """Return the problems, and what would be sent."""
        counts = Counts()
        kinds: Counter[ItemKind] = Counter()

        def tell(told: Settled | FileProblem) -> None:
            if isinstance(told, FileProblem):
                counts.effects[told.effect] += 1
            self._tell(told)

        for batch in batches(outcomes, tell):
            kinds.update(written.read.entry.kind for written in batch)
            self._advance(len(batch))
        listed = _listed(kinds, {kind: f"of kind {words(kind)}" for kind in ItemKind})
        return counts, f"{kinds.total()} would be sent{f': {listed}' if listed else ''}"

    async def _send(self, outcomes: Iterator[Outcome]) -> Counts:
        target = find_target(self._given, ApiRole.ADMIN)
        async with LearningLoop(target) as client:
            importer = KnowledgeImporter(client, patience=self._wanted.patience, tell=self._tell)
            try:
                return await importer.run(outcomes)
            except UnreachableError as error:
                raise UnreachableError(f"{error} {_stopped(importer.counts)}") from None
            except asyncio.CancelledError:
                sys.stderr.write(f"learning-loop: {_stopped(importer.counts)}\n")
                raise

    def _tell(self, told: Settled | FileProblem) -> None:
        if isinstance(told, FileProblem):
            self._show(told)
            return
        self._advance(1)
        read, became = told
        if became.outcome is ImportOutcome.CONFLICT:
            conflict = FileProblem(file=read.file, line=read.line, message=became.problem)
            self._print(plain(conflict.in_short()))
        elif became.item_id is not None and became.revision is not None:
            self._note(read, Stored(became.item_id, became.revision))

    def _show(self, problem: FileProblem) -> None:
        self._shown[problem.effect] += 1
        count = self._shown[problem.effect]
        if problem.effect in _ALWAYS_SHOWN or count <= _MOST_SHOWN:
            self._print(plain(problem.in_short()))
        elif count == _MOST_SHOWN + 1:
            self._print(f"… more were {_EFFECTS[problem.effect]}")

    def _note(self, read: ReadEntry, stored: Stored) -> None:
        """Let the file say which item it is now, unless another file is that item already."""
        if self._format is not Format.MARKDOWN or self._wanted.write_back is WriteBack.NO:
            return
        other = self._files.setdefault(stored.id, read.file)
        if other != read.file:
            message = f"says the same as {other}, which is the item now; remove one of them"
            self._show(FileProblem(file=read.file, message=message, effect=Effect.NOT_NOTED))
            return
        if (read.entry.id, read.entry.revision) == stored:
            return
        path = self._wanted.path
        problem = write_back(path / read.file if path.is_dir() else path, read, stored)
        if problem is None:
            self._noted += 1
        else:
            self._show(problem)

    def _advance(self, count: int) -> None:
        for task in self._bar.task_ids:
            self._bar.advance(task, count)

    def _print(self, text: str) -> None:
        self._out.print(text, soft_wrap=True)


def _listed(counts: Counter[Counted], said: Mapping[Counted, str]) -> str:
    """Return `3 added, 1 unchanged`, in the order in which the words are given."""
    return ", ".join(f"{counts[one]} {text}" for one, text in said.items() if counts[one])


def _stopped(counts: Counts) -> str:
    return f"Stopped after {counts.sent} entries; the same command goes on where this one stopped."
