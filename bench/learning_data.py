"""The streams of queries for `bench.learning`, and what the human there replies."""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path

import yaml

from bench.errors import BenchError

_ANSWERS = Path(__file__).with_name("learning_answers.yaml")
_FIRST_PAGE = 101
OUT_OF_SCOPE = "oos"


class DataSet(StrEnum):
    """Where the queries come from."""

    BANKING77 = "banking77"
    CLINC150 = "clinc150"


@dataclass(frozen=True)
class Query:
    """A customer's query, and the label that tells which answer is right; None for none."""

    text: str
    label: str | None


@dataclass(frozen=True)
class Answers:
    """What the human replies, by label."""

    by_label: dict[str, str]

    def label_of(self, text: str) -> str | None:
        """Return the label whose reply the text holds; None if it holds none, or several."""
        found = [label for label, reply in self.by_label.items() if reply in text]
        return found[0] if len(found) == 1 else None


@cache
def answers_of(data: DataSet) -> Answers:
    """Return the replies of a data set; the page numbers keep them from saying the same."""
    texts: dict[str, dict[str, str]] = yaml.load(
        _ANSWERS.read_text("utf-8"),
        yaml.BaseLoader,  # noqa: S506 - all texts: 'yes' and 'no' are labels
    )
    return Answers(
        {
            label: f"{text}, as help page {page} says."
            for page, (label, text) in enumerate(texts[data].items(), start=_FIRST_PAGE)
        }
    )


def stream(data: DataSet, folder: Path, *, seed: int, count: int) -> list[Query]:
    """Return `count` queries in an order of their own for each seed.

    All of CLINC150's queries that belong to no intent are among them, in both data sets, in the
    proportion that a full stream of 10,000 has.
    """
    shuffled = random.Random(seed)  # noqa: S311 - an order, not a secret
    strays = [Query(text, None) for text, label in _clinc(folder) if label == OUT_OF_SCOPE]
    if data is DataSet.BANKING77:
        known = [Query(text, label) for text, label in _banking(folder)]
    else:
        known = [Query(text, label) for text, label in _clinc(folder) if label != OUT_OF_SCOPE]
    few = round(len(strays) * min(1.0, count / 10_000))
    if count - few > len(known):
        raise BenchError(f"{data} has only {len(known)} queries")
    chosen = [*shuffled.sample(known, count - few), *shuffled.sample(strays, few)]
    shuffled.shuffle(chosen)
    return chosen


def _banking(folder: Path) -> Sequence[tuple[str, str]]:
    return _rows(folder / "banking77_train.csv", "category")


def _clinc(folder: Path) -> Sequence[tuple[str, str]]:
    return _rows(folder / "clinc150_train.csv", "intent")


def _rows(file: Path, label: str) -> list[tuple[str, str]]:
    if not file.exists():
        raise BenchError(f"{file.name} is not there: put it into {file.parent}")
    with file.open(encoding="utf-8", newline="") as lines:
        return [(row["text"].strip(), row[label]) for row in csv.DictReader(lines)]
