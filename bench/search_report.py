"""The search bench's figures: as a table for people, as JSON for the next run."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel

from bench.report import LATEST, Machine
from bench.search_measure import HttpTimes, Recall, StoreTimes, Times

RESULT = LATEST.with_name("search.json")
GOAL_RATIO = 1.5
GOAL_RECALL = 0.98


class Sizes(BaseModel):
    """Room on disk, in units of a million bytes, of all workspaces loaded so far."""

    passages: float
    embeddings: float
    nearest_index: float
    words_index: float


class Memory(BaseModel):
    """In units of a million bytes: what Postgres shares, and what two processes hold."""

    shared_buffers: float
    backend: float
    api: float


class SizeFigures(BaseModel):
    """One workspace of so many items, loaded beside the smaller ones."""

    items: int
    passages: int
    load_seconds: float
    nearest_index_seconds: float
    words_index_seconds: float
    disk: Sizes
    memory: Memory
    store: StoreTimes
    recall: Recall
    http: HttpTimes
    applies_per_second: float

    @property
    def ratio(self) -> float:
        """The store's median over the raw scan's."""
        return self.store.store.p50 / self.store.raw.p50

    def ratio_with(self, embedding: Times) -> float:
        """Return the same with the embedding of the query on both sides, as a caller waits."""
        return (self.store.store.p50 + embedding.p50) / (self.store.raw.p50 + embedding.p50)


class SearchReport(BaseModel):
    """Everything that one run has measured."""

    version: int = 1
    at: datetime
    machine: Machine
    closeness: float
    """The mean cosine of made vectors and the embeddings of the texts that they stand for."""
    embedding: Times
    """Of one query alone, in the bench's own process."""
    sizes: list[SizeFigures]
    beside: Times | None
    """The smallest workspace's searches in the store, once the largest is loaded beside it."""


def write(report: SearchReport, path: Path = RESULT) -> None:
    """Keep the report as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")


def render(report: SearchReport) -> str:
    """Return the report as lines of text."""
    m = report.machine
    head = ("figure", *(f"{size.items:,} items" for size in report.sizes))
    rows = [head, *_times(report), *_costs(report.sizes)]
    lines = [
        f"{m.system} {m.processor}, {m.cores} cores, {m.memory_gigabytes:g} GB, "
        f"Python {m.python}, load before {m.load_before:g}",
        "",
        *_aligned(rows),
        "",
        "Items are made of real rows of BANKING77 and CLINC150, recombined; a made vector is the "
        f"mean of its rows' embeddings (cosine {report.closeness:.2f} to the text's own). "
        "Queries are real rows that no item is made of.",
        f"Goals: store over raw scan {GOAL_RATIO:g}, recall@10 {GOAL_RECALL:g}.",
    ]
    if report.beside is not None:
        first = report.sizes[0]
        lines.append(
            f"The {first.items:,} items beside the others: store p50 {report.beside.p50:g} ms, "
            f"p99 {report.beside.p99:g} ms."
        )
    return "\n".join(lines)


def _times(report: SearchReport) -> list[tuple[str, ...]]:
    sizes = report.sizes
    clients = sizes[0].http.clients
    pairs = [
        ("raw index scan, ms p50 / p99", [s.store.raw for s in sizes]),
        ("store search, ms p50 / p99", [s.store.store for s in sizes]),
        ("embedding of a query, ms p50 / p99", [report.embedding for _ in sizes]),
        ("HTTP, one client, ms p50 / p99", [s.http.sequential for s in sizes]),
        (
            f"HTTP, {clients} clients, ms p50 / p99",
            [s.http.concurrent for s in sizes],
        ),
    ]
    rows = [(name, *(f"{t.p50:g} / {t.p99:g}" for t in times)) for name, times in pairs]
    waited = [s.ratio_with(report.embedding) for s in sizes]
    rows.insert(2, ("store over raw scan", *(f"{s.ratio:.2f}" for s in sizes)))
    rows.insert(
        4,
        ("the same with the embedding", *(f"{each:.2f}" for each in waited)),
    )
    rows.append(("searches a second over HTTP", *(f"{s.http.per_second:g}" for s in sizes)))
    return rows


def _costs(sizes: Sequence[SizeFigures]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, list[str]]] = [
        ("recall@10 of search, exact by rank", [f"{s.recall.search:.3f}" for s in sizes]),
        ("recall@10 of the index alone", [f"{s.recall.by_index:.3f}" for s in sizes]),
        ("applies a second", [f"{s.applies_per_second:g}" for s in sizes]),
        ("passages", [f"{s.passages:,}" for s in sizes]),
        ("load, s", [f"{s.load_seconds:.0f}" for s in sizes]),
        ("HNSW build, s", [f"{s.nearest_index_seconds:.1f}" for s in sizes]),
        ("GIN build, s", [f"{s.words_index_seconds:.1f}" for s in sizes]),
        ("embeddings on disk, MB", [f"{s.disk.embeddings:.0f}" for s in sizes]),
        ("HNSW on disk, MB", [f"{s.disk.nearest_index:.0f}" for s in sizes]),
        ("passages on disk, MB", [f"{s.disk.passages:.0f}" for s in sizes]),
        ("GIN on disk, MB", [f"{s.disk.words_index:.0f}" for s in sizes]),
        ("shared buffers, MB", [f"{s.memory.shared_buffers:.0f}" for s in sizes]),
        ("a Postgres backend, MB", [f"{s.memory.backend:.0f}" for s in sizes]),
        ("API process, MB", [f"{s.memory.api:.0f}" for s in sizes]),
    ]
    return [(name, *cells) for name, cells in rows]


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if column == 0 else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
