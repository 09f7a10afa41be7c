"""Runs the airline's real cases through the product and prints what a reviewer would read.

`python -m bench.airline`: a throw-away stack, over HTTP. With `--url` and an administrator's
`--key`: a stack that runs already. With `--offline`: the offline analyst alone, in this process.
"""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

from bench import airline_report, airline_stack
from bench.airline_data import data_folder, load_policies, load_submissions
from bench.airline_offline import describe, run_offline
from bench.airline_show import show
from bench.airline_stack import Found
from bench.errors import BenchError
from client.connection import Given, Target
from client.errors import ClientError
from embedded.errors import EmbeddedError


class Options(argparse.Namespace):
    """What to run."""

    offline: bool
    url: str | None
    key: str | None
    at_once: int
    limit: int
    show: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the bench; return 0 where it ran or there is no data, 1 where the stack failed."""
    options = _options(arguments)
    if not (data_folder() / "airline_cases.jsonl").exists():
        sys.stdout.write(
            f"Skipped: there is no airline_cases.jsonl in {data_folder()}. "
            "Set LEARNING_LOOP_DATA to the folder that holds it.\n"
        )
        return 0
    if options.offline:
        report = run_offline(load_submissions()[: options.limit], load_policies())
        sys.stdout.write(describe(report, options.show) + "\n")
        return 0
    found = None
    try:
        found = asyncio.run(run(options))
    except* (BenchError, ClientError, EmbeddedError) as group:
        sys.stderr.write(f"bench.airline: {group.exceptions[0]}\n")
    if found is None:
        return 1
    sys.stdout.write(airline_report.render(found.report) + "\n")
    if options.show:
        sys.stdout.write("\n" + show(found.proposals[: options.show], found.names) + "\n")
    # A run of some of the cases must not pass for one of all.
    if options.limit >= found.report.interventions == len(load_submissions()):
        airline_report.write(found.report)
    return 0


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m bench.airline", description=__doc__)
    parser.add_argument("--offline", action="store_true", help="the analyst alone, in this process")
    parser.add_argument("--url", help="a running stack's address, instead of a throw-away one")
    parser.add_argument("--key", help="an administrator's API key for it")
    parser.add_argument("--at-once", type=int, default=airline_stack.AT_ONCE, metavar="N")
    parser.add_argument("--limit", type=int, default=10_000, metavar="N", help="the first N only")
    parser.add_argument("--show", type=int, default=0, metavar="N", help="print N proposals")
    return parser.parse_args(arguments, namespace=Options())


async def run(options: Options) -> Found:
    """Return what a stack made of the cases; tells its progress on standard error."""
    submissions = load_submissions()[: options.limit]
    async with _stack(options) as target:
        return await airline_stack.run(
            target, submissions, load_policies(), tell=_tell, at_once=options.at_once
        )


def _stack(options: Options) -> AbstractAsyncContextManager[Target]:
    if options.url or options.key:
        return airline_stack.given_stack(Given(url=options.url, key=options.key))
    _tell("starting a throw-away stack")
    return airline_stack.own_stack()


def _tell(sentence: str) -> None:
    sys.stderr.write(f"  {sentence}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
