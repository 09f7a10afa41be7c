"""From the click on approve to the first search that finds the item, one at a time."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench import floor
from bench.cases import BenchCase
from bench.floor_workflows import WAITING, FloorShape, StepKind
from bench.loop import Opened, watched_loop
from bench.rounds import bounded
from bench.stack import Bench

BARE = FloorShape(before=[StepKind.LOCAL], after=[StepKind.REGULAR])
"""What the floor's latency is taken of: a workflow that waits, one activity after its signal."""


@dataclass(frozen=True)
class Latencies:
    """Seconds, in the order of measuring."""

    product: Sequence[float]
    floor: Sequence[float]


async def measure(bench: Bench, cases: Sequence[BenchCase], *, concurrency: int) -> Latencies:
    """Return latencies of the product and of the floor, taken in turns.

    All reviews are opened first, so that nothing else runs while one is approved.
    """
    await floor.prepare_commit(bench)
    handles = [await floor.start(bench, BARE) for _ in cases]
    for handle in handles:
        await bench.heard.until(WAITING, handle.id)
    opened: dict[int, Opened] = {}
    product: list[float] = []
    bare: list[float] = []
    async with watched_loop(bench, await bench.workspace()) as loop:

        async def open_one(case: BenchCase) -> None:
            opened[case.number] = await loop.open(case)

        await bounded(cases, open_one, concurrency=concurrency)
        for case, handle in zip(cases, handles, strict=True):
            started = time.perf_counter()
            await loop.approve(opened[case.number])
            await loop.until_found(case)
            product.append(time.perf_counter() - started)
            bare.append(await floor.answered_seconds(bench, handle))
    return Latencies(product, bare)
