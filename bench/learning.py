"""`python -m bench.learning`: how much the loop learns from a stream of real queries.

BANKING77 and CLINC150, with CLINC150's out-of-scope queries in both, through a stack of its own.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

from bench import report as bench_report
from bench.errors import BenchError
from bench.learning_chart import draw
from bench.learning_data import DataSet, answers_of, stream
from bench.learning_report import (
    LAST,
    RESULT,
    LearningReport,
    StreamFigures,
    curve_of,
    rates_of,
    render,
)
from bench.learning_stream import Callers, Pace, Stream
from bench.search_corpus import data_folder
from client.api import LearningLoop
from client.connection import Target
from domain.identity import ApiRole
from domain.workspace_settings import WorkspaceSettings
from embedded.stack import EmbeddedStack
from store.bootstrap import ensure_workspace_and_keys

SIMILAR_QUERIES = 1
"""On how many past queries of each source a proposal is replayed: the reviewer here knows what is
right without it, and it takes most of the time."""


class Options(argparse.Namespace):
    """What to run."""

    queries: int
    seeds: int
    first_seed: int
    data: DataSet | None
    decisions: int
    keep: bool
    resume: bool


def main(argv: Sequence[str] | None = None) -> int:
    """Run the streams, print the table, keep the figures and the picture; 1 without data."""
    options = _options(argv)
    try:
        found = asyncio.run(run(options))
    except BenchError as error:
        sys.stderr.write(f"bench: {error}\n")
        return 1
    sys.stdout.write(render(found) + "\n")
    if options.keep:
        draw(found)
    return 0


def _options(argv: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m bench.learning", description=__doc__)
    parser.add_argument("--queries", type=int, default=10_000, help="queries a stream")
    parser.add_argument("--seeds", type=int, default=3, help="streams of each data set")
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--data", type=DataSet, default=None, help="only this data set")
    parser.add_argument("--decisions", type=int, default=400, help="allowed for 10,000 queries")
    parser.add_argument("--resume", action="store_true", help="leave out what is kept already")
    parser.add_argument("--no-keep", dest="keep", action="store_false", help="write no file")
    return parser.parse_args(argv, namespace=Options())


async def run(options: Options) -> LearningReport:
    """Return the figures of all streams, each in a workspace of its own on one stack.

    They are kept as each stream ends, so that an interrupted run can be resumed.
    """
    sets = [options.data] if options.data else list(DataSet)
    pace = Pace(decisions=round(options.decisions * options.queries / 10_000))
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    report = LearningReport(
        at=bench_report.now(),
        machine=bench_report.machine(),
        wrong_answer_budget=WorkspaceSettings().wrong_answer_budget,
        decisions_allowed=pace.decisions,
        session_every=pace.session_every,
        haste=pace.haste,
        similar_queries=SIMILAR_QUERIES,
        streams=_kept() if options.resume else [],
    )
    done = {(stream.data, stream.seed, stream.queries) for stream in report.streams}
    stack = EmbeddedStack()
    stack.env["LEARNING_LOOP_ANALYST"] = "offline"
    async with stack:
        for seed in seeds:
            for data in sets:
                if (data, seed, options.queries) not in done:
                    report.streams.append(await _one(stack, data, seed, options, pace))
                    if options.keep:
                        RESULT.write_text(report.model_dump_json(indent=1) + "\n", "utf-8")
    return report


def _kept() -> list[StreamFigures]:
    if not RESULT.exists():
        return []
    return LearningReport.model_validate_json(RESULT.read_text("utf-8")).streams


async def _one(
    stack: EmbeddedStack, data: DataSet, seed: int, options: Options, pace: Pace
) -> StreamFigures:
    queries = stream(data, data_folder(), seed=seed, count=options.queries)
    started = time.perf_counter()
    async with _callers(stack) as callers:
        running = Stream(callers, answers_of(data), f"{data}-{seed}", pace, _tell)
        ended, points, reviewer = await running.run(queries)
    spent = reviewer.spent
    return StreamFigures(
        data=data,
        seed=seed,
        queries=len(queries),
        last=rates_of(ended[-LAST:]),
        all=rates_of(ended),
        decisions=spent.decisions,
        approved=spent.approved,
        edited=spent.edited,
        rejected=spent.rejected,
        refused_clicks=spent.refused,
        wordings_shown=spent.wordings,
        interventions=sum(not end.right for end in ended),
        seconds=round(time.perf_counter() - started, 1),
        curve=curve_of(ended, points),
    )


@asynccontextmanager
async def _callers(stack: EmbeddedStack) -> AsyncGenerator[Callers]:
    """Yield the callers of a new workspace, which knows nothing yet."""
    name = f"learning-{uuid4().hex[:8]}"
    keys = {role.value: f"ll_{role}_{uuid4().hex}" for role in ApiRole}
    await ensure_workspace_and_keys(stack.info.database_url, name, keys)
    async with AsyncExitStack() as held:
        clients = [
            await held.enter_async_context(
                LearningLoop(Target(url=stack.info.api, key=keys[role.value]))
            )
            for role in (ApiRole.INTEGRATION, ApiRole.AGENT, ApiRole.REVIEWER, ApiRole.ADMIN)
        ]
        *callers, admin = clients
        # Objections come at once here.
        await admin.change_settings({"similar_queries": SIMILAR_QUERIES, "settles_after_hours": 0})
        yield Callers(*callers)


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
