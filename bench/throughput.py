"""Interventions a second from intake to applied, beside bare workflows of the same steps."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from bench import floor
from bench.cases import BenchCase
from bench.floor_workflows import FloorShape
from bench.loop import watched_loop
from bench.rounds import Round, merged, timed_round
from bench.stack import Bench

_PART = 50


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
    """Return rounds of both, taken in turns; none begins that would end after `budget` seconds.

    The turns are parts of a round: what else the machine does then falls on both alike.
    """
    product: list[Round] = []
    bare: list[Round] = []
    began = time.perf_counter()

    async def tell_floor(_case: BenchCase) -> None:
        await floor.tell(bench, shape)

    for cases in rounds:
        started = time.perf_counter()
        async with watched_loop(bench, await bench.workspace()) as loop:
            parts = [
                (
                    await timed_round(bench, part, loop.tell, concurrency=concurrency),
                    await timed_round(bench, part, tell_floor, concurrency=concurrency),
                )
                for part in _parts(cases)
            ]
        product.append(merged([ours for ours, _ in parts]))
        bare.append(merged([theirs for _, theirs in parts]))
        now = time.perf_counter()
        if (now - began) + (now - started) > budget:
            break
    return Throughput(product, bare)


def _parts(cases: Sequence[BenchCase]) -> list[Sequence[BenchCase]]:
    return [cases[start : start + _PART] for start in range(0, len(cases), _PART)]
