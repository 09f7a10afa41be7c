"""The throw-away stack under test, as `make up` runs it, and the instruments that watch it."""

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from uuid import uuid4

import httpx2
import psutil
import psycopg
from temporalio.client import Client

from bench.errors import BenchError
from bench.floor_service import FloorService
from domain.identity import ApiRole
from embedded import placement
from embedded.home import ANY_PORTS
from embedded.logs import ChildLog
from embedded.service import start_service
from embedded.stack import EmbeddedStack, Part
from gateways.temporal import data_converter
from store.bootstrap import ensure_workspace_and_keys

_FOREIGN = ("TEMPORAL_", "LEARNING_LOOP_", "ANTHROPIC_", "AWS_", "GOOGLE_")


@dataclass
class Heard:
    """What the floor's worker has said of its workflows, line by line: a word and an id."""

    lines: dict[str, asyncio.Event] = field(default_factory=dict[str, asyncio.Event])

    def hear(self, _name: str, line: str) -> None:
        """Take one line of the worker's output."""
        self._said(line).set()

    async def until(self, word: str, workflow_id: str) -> None:
        """Return once this was said of that workflow."""
        await self._said(f"{word} {workflow_id}").wait()

    def _said(self, line: str) -> asyncio.Event:
        return self.lines.setdefault(line, asyncio.Event())


@dataclass(frozen=True)
class Bench:
    """Everything that the measurements hold in their hands."""

    stack: EmbeddedStack
    client: Client
    http: httpx2.AsyncClient
    database: psycopg.AsyncConnection
    heard: Heard
    floor_pid: int

    def pids(self) -> dict[str, int]:
        """Return the process of each part; what it started counts with it."""
        parts = {part.value: self.stack.pid(part) for part in Part if part is not Part.MIGRATIONS}
        return {**parts, "floor worker": self.floor_pid, "bench": os.getpid()}

    async def workspace(self) -> "Tenant":
        """Return a new workspace, so that a round does not see what an earlier one has taught."""
        name = f"bench-{uuid4().hex[:8]}"
        keys = {role.value: f"ll_{role}_{uuid4().hex}" for role in ApiRole}
        await ensure_workspace_and_keys(self.stack.info.database_url, name, keys)
        return Tenant(name, keys)

    async def transactions(self) -> int:
        """Return how many transactions Postgres has committed, reading ones included."""
        cursor = await self.database.execute(
            "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
        )
        row = await cursor.fetchone()
        if row is None:
            raise BenchError("Postgres has no statistics of its database")
        return int(row[0])


@dataclass(frozen=True)
class Tenant:
    """A workspace and its keys."""

    name: str
    keys: Mapping[str, str]

    def headers(self, role: ApiRole) -> dict[str, str]:
        """Return the header with which a caller of this role signs in."""
        return {"Authorization": f"Bearer {self.keys[role]}"}


def plain_environment() -> dict[str, str]:
    """Return this process's environment without what names another server, key or setting."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN)}
    environ.pop("DATABASE_URL", None)
    # A configuration file in the person's home could name another server.
    return environ | {"TEMPORAL_CONFIG_FILE": os.devnull, "LEARNING_LOOP_ANALYST": "offline"}


@asynccontextmanager
async def bench_stack() -> AsyncGenerator[Bench]:
    """Start Postgres with fsync, Temporal with its database file, worker, API and floor worker.

    Everything is on loopback and in a temporary folder; all of it is gone at the end.
    """
    environ = plain_environment()
    folder = placement.throw_away_folder()
    try:
        async with AsyncExitStack() as held:
            stack = EmbeddedStack(folder, environ=environ, ports=ANY_PORTS)
            await held.enter_async_context(stack)
            heard = Heard()
            log = ChildLog("floor", folder / "logs" / "floor.log", echo=heard.hear)
            held.callback(log.close)
            child = await start_service(FloorService(stack.env), log)
            held.push_async_callback(child.stop)
            http = httpx2.AsyncClient(base_url=stack.info.api, timeout=30, trust_env=False)
            yield Bench(
                stack=stack,
                client=await Client.connect(stack.info.temporal, data_converter=data_converter()),
                http=await held.enter_async_context(http),
                database=await held.enter_async_context(
                    await psycopg.AsyncConnection.connect(stack.info.database_url, autocommit=True)
                ),
                heard=heard,
                floor_pid=child.pid,
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def cpu_seconds(pids: Mapping[str, int]) -> dict[str, float]:
    """Return the processor time that each part has used, with its children, living or gone."""
    return {name: _cpu_of(psutil.Process(pid)) for name, pid in pids.items()}


def _cpu_of(process: psutil.Process) -> float:
    times = process.cpu_times()
    used = times.user + times.system
    if process.pid == os.getpid():
        return used
    # Absent on systems other than Linux.
    used += getattr(times, "children_user", 0.0) + getattr(times, "children_system", 0.0)
    for child in process.children():
        try:
            used += _cpu_of(child)
        except psutil.NoSuchProcess:
            continue
    return used


def resident_megabytes(pid: int) -> float:
    """Return the memory that a process holds, in units of a million bytes."""
    return round(psutil.Process(pid).memory_info().rss / 1e6, 1)
