"""Many clients change few items at once while the worker is killed; then the history is checked.

`python -m bench.hot_items` (`make bench-hot`): a throw-away stack, everything over HTTP.
"""

import argparse
import asyncio
import contextlib
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from psycopg.rows import class_row
from pydantic import BaseModel

from bench.hot_clients import Client, Told, add_items, change_until
from bench.hot_history import History, RecordedRevision, violations
from bench.report import Machine, machine, now
from bench.stack import plain_environment
from domain.identity import ApiRole
from embedded import placement
from embedded.home import ANY_PORTS
from embedded.stack import EmbeddedStack, Part
from store.database import Database
from store.keys import create_key

RESULT = Path(__file__).resolve().parent / "results" / "hot_items.json"

_REVISIONS = """
SELECT r.item_id, r.number, r.parent, r.release, r.proposal_id,
       (d.change ->> 'base_revision')::integer AS base_revision, r.content ->> 'answer' AS text,
       (SELECT count(*) FROM decisions a
        WHERE a.workspace = r.workspace AND a.proposal_id = r.proposal_id
          AND a.verdict = 'approve' AND a.approved_hash = r.content_hash
          AND a.effect IN ('counted', 'approved')) AS approvals
FROM revisions r
LEFT JOIN LATERAL (
    SELECT change FROM proposal_drafts p
    WHERE p.workspace = r.workspace AND p.proposal_id = r.proposal_id
      AND p.content_hash = r.content_hash ORDER BY p.draft DESC LIMIT 1) d ON true
WHERE r.workspace = %s ORDER BY r.release
"""


class Figures(BaseModel):
    """What one run came to. `refused` had a base that moved before they were applied."""

    at: datetime
    machine: Machine
    clients: int
    items: int
    seconds: float
    worker_kills: int
    applied: int
    refused: int
    turned_away: int
    applied_per_second: float
    violations: list[str]


class Options(argparse.Namespace):
    """What to run."""

    clients: int
    items: int
    seconds: float
    kills: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the clients and print what came of it; return 1 for a history that cannot be."""
    parser = argparse.ArgumentParser(prog="python -m bench.hot_items", description=__doc__)
    parser.add_argument("--clients", type=int, default=32, help="how many at once")
    parser.add_argument("--items", type=int, default=20, help="how many items they share")
    parser.add_argument("--seconds", type=float, default=60, help="for how long")
    parser.add_argument("--kills", type=int, default=3, help="how often the worker is killed")
    found = asyncio.run(run(parser.parse_args(arguments, namespace=Options())))
    RESULT.write_text(found.model_dump_json(indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(
        f"{found.clients} clients on {found.items} items for {found.seconds:.0f} s, "
        f"worker killed {found.worker_kills} times:\n"
        f"  {found.applied} applied ({found.applied_per_second:.1f} a second), each there once, "
        f"in a line\n"
        f"  {found.refused + found.turned_away} refused: their base had moved\n"
        f"  {len(found.violations)} violations\n"
    )
    sys.stdout.writelines(f"    {sentence}\n" for sentence in found.violations[:20])
    return 1 if found.violations else 0


async def run(options: Options) -> Figures:
    """Return what one run on a stack of its own came to."""
    load = machine()
    async with kept_stack() as stack:
        workspace, clients = await make_clients(stack, options.clients)
        items = await add_items(clients[0], options.items)
        told, began = Told(), time.monotonic()
        killer = asyncio.create_task(_kill(stack, options.kills, options.seconds))
        end = began + options.seconds
        await change_until(clients, items, told, lambda: time.monotonic() > end)
        seconds = time.monotonic() - began
        killed = await killer
        history = await read_history(stack.info.database_url, workspace, told)
    return Figures(
        at=now(),
        machine=load,
        clients=options.clients,
        items=options.items,
        seconds=round(seconds, 1),
        worker_kills=killed,
        applied=len(told.acknowledged),
        refused=len(told.refused),
        turned_away=told.turned_away,
        applied_per_second=round(len(told.acknowledged) / seconds, 2),
        violations=violations(history),
    )


@asynccontextmanager
async def kept_stack() -> AsyncGenerator[EmbeddedStack]:
    """Start a stack that keeps what it acknowledges on disk, in a folder that goes at the end."""
    folder = placement.throw_away_folder()
    try:
        async with EmbeddedStack(folder, environ=plain_environment(), ports=ANY_PORTS) as stack:
            yield stack
    finally:
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def make_clients(stack: EmbeddedStack, count: int) -> tuple[str, list[Client]]:
    """Return a workspace of its own and so many clients in it, each two persons."""
    workspace = f"hot-{uuid4().hex[:8]}"
    admin = await _keys_of(stack.info.database_url, workspace, "ada", (ApiRole.ADMIN,))
    clients: list[Client] = []
    for n in range(count):
        own = await _keys_of(
            stack.info.database_url, workspace, f"client {n}", (ApiRole.REVIEWER, ApiRole.LEAD)
        )
        clients.append(Client(f"client {n}", lambda: stack.info.api, {**admin, **own}))
    return workspace, clients


async def _keys_of(url: str, workspace: str, name: str, roles: Sequence[ApiRole]) -> dict[str, str]:
    """Create a key of a person of their own for each role."""
    async with Database(url, max_size=1) as database, database.transaction(workspace) as connection:
        await connection.execute(
            "INSERT INTO workspaces (id) VALUES (%s) ON CONFLICT DO NOTHING", [workspace]
        )
        keys: dict[str, str] = {}
        for role in roles:
            _, raw = await create_key(
                connection, workspace, principal=f"{name} as {role}", role=role
            )
            keys[role.value] = raw
    return keys


async def _kill(stack: EmbeddedStack, kills: int, seconds: float) -> int:
    """Kill the worker so often, evenly over the run; return how often it was there to be killed.

    The supervisor starts it again.
    """
    killed = 0
    for _ in range(kills):
        await asyncio.sleep(seconds / (kills + 1))
        with contextlib.suppress(ProcessLookupError):
            os.kill(stack.pid(Part.WORKER), signal.SIGKILL)
            killed += 1
    return killed


async def read_history(database_url: str, workspace: str, told: Told) -> History:
    """Return what the record holds, beside what the clients were told."""
    async with await psycopg.AsyncConnection.connect(database_url) as record:
        cursor = record.cursor(row_factory=class_row(RecordedRevision))
        await cursor.execute(_REVISIONS, [workspace])
        revisions = await cursor.fetchall()
        released = await record.execute(
            "SELECT number FROM releases WHERE workspace = %s", [workspace]
        )
        releases: list[int] = [row[0] for row in await released.fetchall()]
    refused: list[UUID] = told.refused
    return History(
        acknowledged=told.acknowledged, refused=refused, revisions=revisions, releases=releases
    )


if __name__ == "__main__":
    raise SystemExit(main())
