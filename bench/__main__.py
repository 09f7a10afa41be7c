"""`python -m bench`: measures the loop beside the bare floor in one run (DESIGN §7)."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from bench import costs, latency, open_reviews, report, table, throughput
from bench.cases import OPEN_AT_ONCE, BenchCase, batches
from bench.errors import BenchError
from bench.stack import Bench, bench_stack
from gateways.embeddings import load_embedder

_WARM_UP = 8
_THROUGHPUT_SECONDS = 240.0


class Options(argparse.Namespace):
    """What to run."""

    count: int
    rounds: int
    concurrency: int
    approvals: int
    open_reviews: int


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench and print its table; return 1 where the figures would mean nothing."""
    options = _options(argv)
    found = None
    try:
        found = asyncio.run(run(options))
    except* BenchError as group:
        sys.stderr.write(f"bench: {group.exceptions[0]}\n")
    if found is None:
        return 1
    report.write(found)
    sys.stdout.write(table.render(found) + "\n")
    return 0


def _options(argv: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--count", type=_positive, default=200, help="interventions a round")
    parser.add_argument("--rounds", type=_positive, default=3, help="rounds of each, at most")
    parser.add_argument("--concurrency", type=_open, default=20, help="how many at once")
    parser.add_argument("--approvals", type=_open, default=50, help="approvals timed")
    parser.add_argument("--open-reviews", type=_count, default=0, help="measured with so many open")
    return parser.parse_args(argv, namespace=Options())


def _within(text: str, least: int, most: int) -> int:
    number = int(text)
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"must be from {least} to {most}")
    return number


def _count(text: str) -> int:
    return _within(text, 0, 10_000)


def _positive(text: str) -> int:
    return _within(text, 1, 1_000)


def _open(text: str) -> int:
    return _within(text, 1, OPEN_AT_ONCE)


async def run(options: Options) -> report.Report:
    """Return the figures of one run on a stack of its own."""
    machine = report.machine()
    sizes = [_WARM_UP, *[options.count] * options.rounds, options.approvals]
    waiting = [OPEN_AT_ONCE] * (options.open_reviews // OPEN_AT_ONCE)
    waiting += [rest] if (rest := options.open_reviews % OPEN_AT_ONCE) else []
    made = await asyncio.to_thread(
        batches, [*sizes, *waiting, *[options.approvals] * bool(waiting)], load_embedder()
    )
    async with bench_stack() as bench:
        return await _measure(bench, options, machine, made)


async def _measure(
    bench: Bench, options: Options, machine: report.Machine, made: Sequence[Sequence[BenchCase]]
) -> report.Report:
    warm_up, rounds = made[0], made[1 : options.rounds + 1]
    timed, *rest = made[options.rounds + 1 :]
    cost = await costs.measure(bench, warm_up)
    none = open_reviews.worker_memory(bench, 0)
    rates = await throughput.measure(
        bench,
        rounds,
        cost.shape,
        concurrency=options.concurrency,
        budget=_THROUGHPUT_SECONDS,
    )
    found = await latency.measure(bench, timed, concurrency=options.concurrency)
    many = None
    if rest:
        memory, slow = await open_reviews.measure(
            bench, rest[:-1], rest[-1], concurrency=options.concurrency
        )
        many = report.OpenReviewFigures(
            none=none, many=memory, latency=report.latency_figures(slow)
        )
    return report.Report(
        at=report.now(),
        machine=machine,
        throughput=report.throughput_figures(
            rates, concurrency=options.concurrency, has=cost.shape.described()
        ),
        latency=report.latency_figures(found),
        costs=report.cost_figures(cost),
        open_reviews=many,
    )


if __name__ == "__main__":
    raise SystemExit(main())
