"""Worker memory and approve latency with many reviews open, beside the same with none."""

from collections.abc import Sequence

from pydantic import BaseModel

from bench.cases import BenchCase
from bench.latency import Latencies
from bench.latency import measure as measure_latency
from bench.loop import Loop, watched_loop
from bench.rounds import bounded
from bench.stack import Bench, resident_megabytes
from embedded.stack import Part


class WorkerMemory(BaseModel):
    """Megabytes that the worker holds."""

    open_reviews: int
    megabytes: float


def worker_memory(bench: Bench, open_reviews: int) -> WorkerMemory:
    """Return what the worker holds at this moment."""
    megabytes = resident_megabytes(bench.stack.pid(Part.WORKER))
    return WorkerMemory(open_reviews=open_reviews, megabytes=megabytes)


async def measure(
    bench: Bench,
    waiting: Sequence[Sequence[BenchCase]],
    decided: Sequence[BenchCase],
    *,
    concurrency: int,
) -> tuple[WorkerMemory, Latencies]:
    """Open a review for each waiting case, a workspace a batch; return memory and latencies."""
    for batch in waiting:
        async with watched_loop(bench, await bench.workspace()) as loop:

            async def open_one(case: BenchCase, loop: Loop = loop) -> None:
                await loop.open(case)

            await bounded(batch, open_one, concurrency=concurrency)
    memory = worker_memory(bench, sum(map(len, waiting)))
    return memory, await measure_latency(bench, decided, concurrency=concurrency)
