"""`python -m bench.inbox`: how long the inbox of 1,000 open proposals takes, beside a floor.

The real application answers over a real socket, signed in, first page first. The floor is what the
page cannot do without: a bare SELECT of as many rows, and a page of the same frame without any.
"""

import argparse
import asyncio
import re
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from html import unescape
from pathlib import Path
from uuid import uuid4

import httpx2
import psycopg
from pydantic import BaseModel

from bench.errors import BenchError
from bench.figures import median, milliseconds, percentile, ratio
from bench.inbox_rows import fill
from bench.report import Machine, machine, now
from bench.stack import plain_environment
from domain.identity import ApiRole
from embedded.stack import EmbeddedStack, Part
from store.bootstrap import ensure_workspace_and_keys
from store.database import Database

RESULT = Path(__file__).parent / "results" / "inbox.json"
_Act = Callable[[], Awaitable[None]]
_WARM_UP = 5
_PARTS = (Part.POSTGRES, Part.TEMPORAL, Part.MIGRATIONS, Part.API)
_TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
_BARE = """
SELECT id, title, change, verification FROM proposals
WHERE workspace = %s AND status = 'in_review' ORDER BY priority DESC, id LIMIT 50
"""
_ASKED = {
    "first page": "/?status=in_review",
    "search": "/?status=in_review&q=refund+parcel",
    "filtered": "/?status=in_review&kind=article&assignee=nobody&due=this_week",
}


class Times(BaseModel):
    """Milliseconds of one request, and how often the floor that is."""

    median: float
    p99: float
    floor_ratio: float


class InboxReport(BaseModel):
    """What was measured."""

    measured_at: datetime
    machine: Machine
    open_proposals: int
    requests: int
    floor_select: float
    floor_page: float
    pages: dict[str, Times]


class Options(argparse.Namespace):
    """What to run."""

    proposals: int
    requests: int


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench, print its table and keep its report."""
    parser = argparse.ArgumentParser(prog="python -m bench.inbox", description=__doc__)
    parser.add_argument("--proposals", type=int, default=1_000)
    parser.add_argument("--requests", type=int, default=200)
    report = asyncio.run(_run(parser.parse_args(argv, namespace=Options())))
    RESULT.write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(_table(report))
    return 0


async def _run(options: Options) -> InboxReport:
    async with EmbeddedStack(only=_PARTS, environ=plain_environment()) as stack:
        workspace = f"bench-{uuid4().hex[:8]}"
        key = f"ll_lead_{uuid4().hex}"
        url = stack.info.database_url
        await ensure_workspace_and_keys(url, workspace, {ApiRole.LEAD.value: key})
        async with Database(url) as database:
            await fill(database, workspace, options.proposals)
        async with (
            await psycopg.AsyncConnection.connect(url, autocommit=True) as connection,
            httpx2.AsyncClient(base_url=stack.info.api, timeout=30, trust_env=False) as http,
        ):
            await connection.execute("ANALYZE")
            await _sign_in(http, key)
            return await _measure(options, connection, http, workspace)


async def _sign_in(http: httpx2.AsyncClient, key: str) -> None:
    page = await http.get("/login")
    token = _TOKEN.search(page.text)
    if token is None:
        raise BenchError("the sign-in page has no form")
    fields = {"form_token": unescape(token[1]), "key": key, "next": "/"}
    answer = await http.post("/login", data=fields)
    if not answer.is_redirect:
        raise BenchError(f"signing in was answered with {answer.status_code}")


def _page(http: httpx2.AsyncClient, path: str, *, has_rows: bool) -> _Act:
    """Return what asks for a page and raises BenchError if another one comes."""

    async def get() -> None:
        answer = await http.get(path)
        if not answer.is_success or has_rows != ("data-row" in answer.text):
            raise BenchError(f"{path} is not the page that was meant")

    return get


async def _taken(acts: Mapping[str, _Act], times: int) -> dict[str, list[float]]:
    """Return how many seconds each act took, after a few that do not count."""
    taken: dict[str, list[float]] = {name: [] for name in acts}
    for turn in range(times + _WARM_UP):
        # In turns, so that whatever else the machine does meets all of them alike.
        for name, act in acts.items():
            started = time.perf_counter()
            await act()
            if turn >= _WARM_UP:
                taken[name].append(time.perf_counter() - started)
    return taken


async def _measure(
    options: Options,
    connection: psycopg.AsyncConnection,
    http: httpx2.AsyncClient,
    workspace: str,
) -> InboxReport:
    async def select() -> None:
        cursor = await connection.execute(_BARE, [workspace])
        await cursor.fetchall()

    taken = await _taken(
        {
            "select": select,
            "empty": _page(http, "/suppressions", has_rows=False),
            **{name: _page(http, path, has_rows=True) for name, path in _ASKED.items()},
        },
        options.requests,
    )
    floor = median(taken["select"]) + median(taken["empty"])
    return InboxReport(
        measured_at=now(),
        machine=machine(),
        open_proposals=options.proposals,
        requests=options.requests,
        floor_select=milliseconds(median(taken["select"])),
        floor_page=milliseconds(median(taken["empty"])),
        pages={
            name: Times(
                median=milliseconds(median(taken[name])),
                p99=milliseconds(percentile(taken[name], 99)),
                floor_ratio=round(ratio(median(taken[name]), floor), 2),
            )
            for name in _ASKED
        },
    )


def _table(report: InboxReport) -> str:
    lines = [
        f"{report.open_proposals} open proposals; milliseconds of {report.requests} requests",
        f"{'floor: SELECT + empty page':28}{report.floor_select + report.floor_page:8.1f}",
        f"{'':28}{'median':>8}{'p99':>8}{'x floor':>9}",
    ]
    lines += [
        f"{name:28}{times.median:8.1f}{times.p99:8.1f}{times.floor_ratio:9.2f}"
        for name, times in report.pages.items()
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
