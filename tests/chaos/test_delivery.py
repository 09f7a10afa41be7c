"""The loop that tells Temporal what the record holds survives whatever one entry does to it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, cast
from uuid import uuid4

import psycopg
import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from api import delivery as module
from api.delivery import Delivery
from store import outbox
from store.database import INSTALLATION, Connection, Database
from store.outbox import Topic


class FakeTemporal:
    """Stands for Temporal's client: starts what it is told, or fails first."""

    def __init__(self, *failures: Exception) -> None:
        """Fail with each of `failures`, then work."""
        self.failures = list(failures)
        self.started: list[str] = []
        self.start = asyncio.Event()

    async def start_workflow(self, *_: Any, id: str, **__: Any) -> None:  # noqa: A002
        """Remember a start."""
        if self.failures:
            raise self.failures.pop(0)
        self.started.append(id.rpartition("/")[2])
        self.start.set()


@pytest.fixture(autouse=True)
async def only_ours(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests' entries are not due, and nothing waits long."""
    monkeypatch.setattr(module, "_IDLE_SECONDS", 0.01)
    monkeypatch.setattr(module, "_AWAY_SECONDS", 0.01)
    async with database.transaction(INSTALLATION) as connection:
        await connection.execute("UPDATE outbox SET delivered_at = now()")


async def enqueue(database: Database, workspace: str, payload: dict[str, Any]) -> str:
    key = uuid4().hex
    async with database.transaction(workspace) as connection:
        await outbox.enqueue(connection, workspace, Topic.START, dedupe_key=key, payload=payload)
    return key


@asynccontextmanager
async def running(database: Database, temporal: FakeTemporal) -> AsyncGenerator[None]:
    """Let the loop run during the block."""

    async def connect() -> Client:
        return cast(Client, temporal)

    task = asyncio.create_task(Delivery(database, connect).run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until_started(temporal: FakeTemporal, intervention_id: str) -> None:
    async with asyncio.timeout(10):
        while intervention_id not in temporal.started:
            temporal.start.clear()
            await temporal.start.wait()


@pytest.mark.parametrize("payload", [{}, {"intervention_id": "nonsense"}])
async def test_an_entry_that_cannot_be_read_does_not_stop_the_others(
    database: Database, workspace: str, payload: dict[str, Any]
) -> None:
    await enqueue(database, workspace, payload)
    good = str(uuid4())
    await enqueue(database, workspace, {"intervention_id": good})
    temporal = FakeTemporal()
    async with running(database, temporal):
        await until_started(temporal, good)


@pytest.mark.parametrize(
    "error",
    [
        RPCError("away", RPCStatusCode.UNAVAILABLE, b""),
        RuntimeError("cannot connect"),
        OSError("broken pipe"),
        ValueError("something nobody thought of"),
        psycopg.errors.UniqueViolation("something nobody thought of"),
    ],
)
async def test_an_entry_that_fails_comes_back(
    database: Database, workspace: str, error: Exception
) -> None:
    good = str(uuid4())
    await enqueue(database, workspace, {"intervention_id": good})
    temporal = FakeTemporal(error)
    async with running(database, temporal):
        await until_started(temporal, good)


class FlakyDatabase(Database):
    """Fails the first times, as a connection does that was cut in the middle."""

    failures: list[Exception]

    @asynccontextmanager
    async def transaction(self, workspace: str) -> AsyncGenerator[Connection]:
        """Yield a connection after the failures."""
        if self.failures:
            raise self.failures.pop(0)
        async with super().transaction(workspace) as connection:
            yield connection


async def test_the_loop_outlives_a_database_that_fails_in_any_way(
    database_url: str, database: Database, workspace: str
) -> None:
    good = str(uuid4())
    await enqueue(database, workspace, {"intervention_id": good})
    temporal = FakeTemporal()
    async with FlakyDatabase(database_url) as flaky:
        flaky.failures = [
            psycopg.OperationalError("gone"),
            psycopg.InterfaceError("the connection is closed"),
            psycopg.errors.InFailedSqlTransaction("aborted"),
        ]
        async with running(flaky, temporal):
            await until_started(temporal, good)
