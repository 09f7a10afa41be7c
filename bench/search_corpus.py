"""The items and queries of the search bench: real rows, recombined, with vectors to match.

BANKING77 and CLINC150 lie outside the repository (`$LEARNING_LOOP_DATA` or `../shared/data`).
300,000 texts take an hour to embed, so some of the rows are embedded once and kept in the
system's temporary folder; the vector of a text made of rows is their weighted mean, of length 1.
"""

import csv
import hashlib
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.airline_data import data_folder
from bench.errors import BenchError
from domain.knowledge import ArticleContent
from domain.ranking import Source
from gateways.embeddings import Embedder

Vectors = NDArray[np.float32]

FILES = ("banking77_train.csv", "clinc150_train.csv")
ROWS = 12_000
QUERIES = 1_600
_SEED = 20_261_122
_BATCH = 256


@dataclass(frozen=True)
class Rows:
    """Real customer texts with their embeddings, one row each."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    vectors: Vectors


@dataclass(frozen=True)
class MadePassage:
    """One text of an item, with its vector."""

    body: str
    source: Source
    vector: Vectors


@dataclass(frozen=True)
class MadeItem:
    """An article and all its passages: those of its content, then its phrasings."""

    content: ArticleContent
    passages: tuple[MadePassage, ...]


def read_texts(folder: Path | None = None) -> list[tuple[str, str]]:
    """Return texts with their labels, mixed but always the same; raises BenchError if absent."""
    folder = folder or data_folder()
    if missing := [name for name in FILES if not (folder / name).is_file()]:
        raise BenchError(
            f"missing {' and '.join(missing)} in {folder}: "
            "set LEARNING_LOOP_DATA to the folder that has them"
        )
    found: dict[str, str] = {}
    for name in FILES:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                label = row.get("category") or row.get("intent") or ""
                found.setdefault(" ".join(row["text"].split()), label)
    texts = sorted(found.items())
    random.Random(_SEED).shuffle(texts)  # noqa: S311 - the same each time, not secret
    return texts


def load_rows(
    embedder: Embedder, *, count: int = ROWS + QUERIES, folder: Path | None = None
) -> Rows:
    """Return the first `count` texts, embedded; the vectors are kept for the next run."""
    texts = read_texts(folder)[:count]
    bodies = tuple(text for text, _ in texts)
    path = _cache_path(embedder, bodies)
    vectors = _cached(path, (len(bodies), embedder.dimension))
    if vectors is None:
        vectors = _embed(embedder, bodies)
        _keep(path, vectors)
    return Rows(bodies, tuple(label for _, label in texts), vectors)


def make_items(rows: Rows, count: int, *, seed: int = _SEED) -> Iterator[MadeItem]:
    """Yield articles of rows that are not queries; one in ten has phrasings of customers too."""
    chooser = np.random.default_rng(seed)
    pool = len(rows.texts) - QUERIES
    for number in range(count):
        a, b, c, d, e = (int(row) for row in chooser.integers(0, pool, size=5))
        said = rows.texts
        content = ArticleContent(
            title=f"{said[a]} {said[c]}"[:200],
            question=f"{said[a]} {said[b]}",
            answer=f"{said[b]} {said[c]} {said[d]}",
            tags=(rows.labels[a],),
        )
        parts = [(a, b), (a, c), (a, b, c, d)]
        made = [
            MadePassage(body, "content", _mix(rows, part, chooser))
            for body, part in zip(content.passages(), parts, strict=True)
        ]
        if number % 10 == 0:
            made += [
                MadePassage(f"{said[x]} {said[e]}", "phrasing", _mix(rows, (x, e), chooser))
                for x in (a, b, c)
            ]
        yield MadeItem(content, tuple(made))


def queries(rows: Rows, count: int) -> list[tuple[str, Vectors]]:
    """Return up to `QUERIES` real rows that no item is made of, with their embeddings."""
    first = len(rows.texts) - QUERIES
    chosen = range(first, first + min(count, QUERIES))
    return [(rows.texts[row], rows.vectors[row]) for row in chosen]


def closeness(rows: Rows, embedder: Embedder, *, count: int = 100) -> float:
    """Return the mean cosine of made vectors and the embeddings of the texts they stand for."""
    items = [item.passages[0] for item in make_items(rows, count)]
    real = embedder.embed([passage.body for passage in items])
    made = np.stack([passage.vector for passage in items])
    return float((real * made).sum(axis=1).mean())


def _mix(rows: Rows, part: Sequence[int], chooser: np.random.Generator) -> Vectors:
    weights = chooser.uniform(0.5, 1.5, size=len(part)).astype(np.float32)
    mixed = weights @ rows.vectors[list(part)]
    return (mixed / np.linalg.norm(mixed)).astype(np.float32)


def _cache_path(embedder: Embedder, texts: Sequence[str]) -> Path:
    digest = hashlib.sha256("\n".join((embedder.name, *texts)).encode()).hexdigest()[:16]
    owner = os.getuid() if hasattr(os, "getuid") else 0
    return Path(tempfile.gettempdir()) / f"learning-loop-bench-{owner}" / f"rows-{digest}.npy"


def _cached(path: Path, shape: tuple[int, int]) -> Vectors | None:
    try:
        vectors: Vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError):
        return None
    return vectors if vectors.shape == shape else None


def _keep(path: Path, vectors: Vectors) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    # Written beside its place and moved there: an interrupted run leaves no half of it.
    fresh = path.with_name(f"{path.stem}-{os.getpid()}.npy")
    np.save(fresh, vectors, allow_pickle=False)
    fresh.replace(path)


def _embed(embedder: Embedder, texts: Sequence[str]) -> Vectors:
    parts: list[Vectors] = []
    started = time.perf_counter()
    for start in range(0, len(texts), _BATCH):
        parts.append(embedder.embed(texts[start : start + _BATCH]))
        done = min(start + _BATCH, len(texts))
        rate = done / (time.perf_counter() - started)
        show_progress("embedding real rows (kept for the next run)", done, len(texts), rate)
    return np.concatenate(parts)


def show_progress(what: str, done: int, total: int, rate: float) -> None:
    """Tell how far it is: one line that is redrawn on a terminal, and nothing elsewhere."""
    if not sys.stderr.isatty():
        return
    filled = 30 * done // total
    end = "\n" if done == total else ""
    bar = "#" * filled + "." * (30 - filled)
    sys.stderr.write(f"\r{what} [{bar}] {done:,} of {total:,}, {rate:,.0f}/s {end}")
    sys.stderr.flush()
