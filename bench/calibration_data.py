"""Customer questions with a known intent: what calibration runs on.

BANKING77 (PolyAI, CC BY 4.0) and CLINC150 (CC BY 3.0) lie outside the repository;
`$LEARNING_LOOP_DATA` or `../shared/data` is where they are looked for.
"""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

MOST_OF_AN_INTENT = 40
"""Questions of one intent that are used; more only take time."""

NO_INTENT = "oos"


class Source(StrEnum):
    """Where a question is from; `none` is CLINC150's questions that belong to no intent."""

    BANKING = "banking77_train.csv"
    CLINC = "clinc150_train.csv"
    NONE = "none"


@dataclass(frozen=True)
class Question:
    """One customer question."""

    text: str
    intent: str
    source: Source


def load_questions(folder: Path) -> list[Question]:
    """Return the questions, at most `MOST_OF_AN_INTENT` of each intent and all of no intent.

    Raises FileNotFoundError where a file is absent.
    """
    rows = [*_read(folder, Source.BANKING, "category"), *_read(folder, Source.CLINC, "intent")]
    return list(_capped(rows))


def _read(folder: Path, source: Source, column: str) -> Iterator[Question]:
    with (folder / source.value).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            intent = row[column]
            is_none = intent == NO_INTENT
            yield Question(row["text"].strip(), intent, Source.NONE if is_none else source)


def _capped(rows: Iterable[Question]) -> Iterator[Question]:
    seen: Counter[str] = Counter()
    for row in rows:
        seen[row.intent] += 1
        if row.source is Source.NONE or seen[row.intent] <= MOST_OF_AN_INTENT:
            yield row
