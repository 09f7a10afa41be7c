"""A round: `count` runs of one story with bounded concurrency, timed from the first to the last."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bench.errors import BenchError
from bench.stack import Bench, cpu_seconds

ROUND_SECONDS = 240.0
T = TypeVar("T")


@dataclass(frozen=True)
class Round:
    """One round: its length, and what it used for each run of the story."""

    count: int
    seconds: float
    cpu_ms: Mapping[str, float]
    transactions: float

    @property
    def per_second(self) -> float:
        """Return how many stories ended in a second."""
        return self.count / self.seconds


def merged(parts: Sequence[Round]) -> Round:
    """Return the round that these were the parts of: the times added, the rest by the story."""
    count = sum(part.count for part in parts)

    def by_story(values: Sequence[float]) -> float:
        return round(
            sum(value * part.count for value, part in zip(values, parts, strict=True)) / count, 1
        )

    return Round(
        count=count,
        seconds=sum(part.seconds for part in parts),
        cpu_ms={name: by_story([part.cpu_ms[name] for part in parts]) for name in parts[0].cpu_ms},
        transactions=by_story([part.transactions for part in parts]),
    )


async def timed_round(
    bench: Bench,
    cases: Sequence[T],
    tell: Callable[[T], Awaitable[None]],
    *,
    concurrency: int,
) -> Round:
    """Return the round of `tell` over all cases, no more than `concurrency` of them at once.

    Raises BenchError when it takes longer than anybody would wait.
    """
    pids = bench.pids()
    cpu, transactions = cpu_seconds(pids), await bench.transactions()
    started = time.perf_counter()
    await bounded(cases, tell, concurrency=concurrency)
    seconds = time.perf_counter() - started
    used = {name: spent - cpu[name] for name, spent in cpu_seconds(pids).items()}
    return Round(
        count=len(cases),
        seconds=seconds,
        cpu_ms={name: round(1_000 * spent / len(cases), 1) for name, spent in used.items()},
        transactions=round((await bench.transactions() - transactions) / len(cases), 1),
    )


async def bounded(
    cases: Sequence[T], tell: Callable[[T], Awaitable[None]], *, concurrency: int
) -> None:
    """Run `tell` over all cases, no more than `concurrency` at once; raises BenchError if stuck."""
    waiting = iter(cases)

    async def work() -> None:
        for case in waiting:
            await tell(case)

    try:
        async with asyncio.timeout(ROUND_SECONDS), asyncio.TaskGroup() as group:
            for _ in range(concurrency):
                group.create_task(work())
    except TimeoutError as error:
        raise BenchError(f"a round did not end within {ROUND_SECONDS:.0f} s") from error
