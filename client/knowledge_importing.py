"""Sends the entries of a knowledge base to the API, a batch a call. Prints nothing.

Resumable without a journal: an entry that went in is unchanged when it is sent again.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from client.api import LearningLoop
from client.errors import RefusedError
from client.formats.entry import Effect, FileProblem, Outcome, ReadEntry
from client.importing import WRONG_KEY
from client.models import ImportedItem
from client.patience import PATIENCE_SECONDS, Patience
from domain.imports import ImportOutcome

MAX_ENTRIES = 100
MAX_BATCH_BYTES = 250_000
"""What the API can embed in seconds; it answers when all of it is stored."""
MAX_ENTRY_BYTES = 1_990_000
"""The API takes no body of more than 2 MB."""

_PLACE = re.compile(r"items\[(\d+)\]\.?")


class Settled(NamedTuple):
    """An entry, and what became of it."""

    read: ReadEntry
    became: ImportedItem


class Written(NamedTuple):
    """An entry, and its JSON as it is sent."""

    read: ReadEntry
    raw: bytes


Tell = Callable[[Settled | FileProblem], None]


@dataclass
class Counts:
    """How many entries met each outcome, and how many problems had each effect."""

    outcomes: Counter[ImportOutcome] = field(default_factory=Counter[ImportOutcome])
    effects: Counter[Effect] = field(default_factory=Counter[Effect])

    @property
    def sent(self) -> int:
        """All entries that were answered."""
        return self.outcomes.total()

    @property
    def is_complete(self) -> bool:
        """Whether all that was meant to go in is in."""
        return not (self.effects[Effect.LEFT_OUT] or self.outcomes[ImportOutcome.CONFLICT])


def batches(outcomes: Iterable[Outcome], tell: Tell) -> Iterator[list[Written]]:
    """Yield the entries in batches that the API takes; `tell` hears of the problems."""
    batch: list[Written] = []
    size = 0
    for outcome in outcomes:
        if isinstance(outcome, FileProblem):
            tell(outcome)
            continue
        written = Written(outcome, outcome.entry.model_dump_json().encode())
        if len(written.raw) > MAX_ENTRY_BYTES:
            message = f"is longer than {MAX_ENTRY_BYTES} bytes as JSON; leave out some phrasings"
            tell(_problem(outcome, "phrasings", message))
            continue
        if len(batch) == MAX_ENTRIES or (batch and size + len(written.raw) > MAX_BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(written)
        size += len(written.raw)
    if batch:
        yield batch


class KnowledgeImporter:
    """Sends batches in their order, and waits out an API that is away for a while."""

    def __init__(
        self, client: LearningLoop, *, patience: float = PATIENCE_SECONDS, tell: Tell
    ) -> None:
        """Send with `client`; `tell` hears of each entry and each problem."""
        self.counts = Counts()
        self._client = client
        self._patience = Patience(patience)
        self._tell_caller = tell

    async def run(self, outcomes: Iterable[Outcome]) -> Counts:
        """Send every entry; return the counts.

        Raises UnreachableError when nothing was answered for as long as the patience lasts, and
        RefusedError for a key that may not do this.
        """
        for batch in batches(outcomes, self._tell):
            waiting: list[Sequence[Written]] = [batch]
            while waiting:
                waiting += await self._send(waiting.pop())
        return self.counts

    async def _send(self, batch: Sequence[Written]) -> list[Sequence[Written]]:
        """Send a batch; return what of it is still to be sent, the first part last."""
        try:
            items = await self._patience.wait_out(
                lambda: self._client.import_items([written.raw for written in batch])
            )
        except RefusedError as error:
            if error.status in WRONG_KEY:
                raise
            return self._take_out(batch, error)
        for written, became in zip(batch, items, strict=True):
            self._tell(Settled(written.read, became))
        return []

    def _take_out(self, batch: Sequence[Written], error: RefusedError) -> list[Sequence[Written]]:
        """Tell which entries were refused; return the others, to be sent without them."""
        refused: set[int] = set()
        for problem in error.problem.errors or ():
            found = _PLACE.match(problem.field)
            if found is not None and int(found[1]) < len(batch):
                refused.add(int(found[1]))
                path = problem.field[found.end() :]
                self._tell(_problem(batch[int(found[1])].read, path, problem.message))
        if not refused and len(batch) == 1:
            self._tell(_problem(batch[0].read, "", f"was refused: {error}"))
            return []
        if not refused:
            middle = len(batch) // 2
            return [batch[middle:], batch[:middle]]
        rest = [written for place, written in enumerate(batch) if place not in refused]
        return [rest] if rest else []

    def _tell(self, told: Settled | FileProblem) -> None:
        if isinstance(told, Settled):
            self.counts.outcomes[told.became.outcome] += 1
        else:
            self.counts.effects[told.effect] += 1
        self._tell_caller(told)


def _problem(read: ReadEntry, path: str, message: str) -> FileProblem:
    return FileProblem(file=read.file, line=read.line, field=path, message=message)
