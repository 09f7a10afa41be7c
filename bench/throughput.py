"""Interventions a second from intake to applied, beside bare workflows of the same steps."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench import floor
from bench.cases import BenchCase
from bench.floor_workflows import FloorShape
from bench.loop import watched_loop
from bench.rounds import Round, timed_round
from bench.stack import Bench


@dataclass(frozen=True)
class Throughput:
    """The rounds, in the order of measuring: a product's, then a floor's."""

    product: Sequence[Round]
    floor: Sequence[Round]


async def measure(
    bench: Bench,
    rounds: Sequence[Sequence[BenchCase]],
    shape: FloorShape,
    *,
    concurrency: int,
    budget: float,
) -> Throughput:
    """Return rounds of both in turns; none begins that would end after `budget` seconds."""
    product: list[Round] = []
    bare: list[Round] = []
    began = time.perf_counter()

    async def tell_floor(_case: BenchCase) -> None:
        await floor.tell(bench, shape)

    for cases in rounds:
        started = time.perf_counter()
        async with watched_loop(bench, await bench.workspace()) as loop:
            product.append(await timed_round(bench, cases, loop.tell, concurrency=concurrency))
        bare.append(await timed_round(bench, cases, tell_floor, concurrency=concurrency))
        now = time.perf_counter()
        if (now - began) + (now - started) > budget:
            break
    return Throughput(product, bare)
