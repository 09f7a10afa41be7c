"""Rows written through `store/`, and databases that no migration has touched."""

import asyncio
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from store import migrate as migrations
from store.bootstrap import ensure_workspace_and_keys
from store.database import Database
from store.login import ensure_login
from tests.api.rows import Rows
from tests.databases import new_database
from tests.store.catalog import LOGIN, PASSWORD, Table, read_tables
from tests.store.learning_rows import LearningRows, learning_rows


@pytest.fixture
def rows(database: Database, workspace: str) -> Rows:
    """Writes rows into the workspace as the activities would."""
    return Rows(database, workspace)


@pytest.fixture
def made(database_url: str, workspace: str) -> Generator[LearningRows]:
    """Writes rows into the workspace at times of the test's choice."""
    with learning_rows(database_url, workspace) as rows:
        yield rows


@pytest.fixture
async def elsewhere(database_url: str, database: Database) -> Rows:
    """Writes rows into a second workspace."""
    name = f"x-{uuid4().hex[:12]}"
    await ensure_workspace_and_keys(database_url, name, {})
    return Rows(database, name)


@pytest.fixture
async def empty_database(database_url: str) -> AsyncGenerator[str]:
    """The address of a database without any table."""
    name = f"empty_{uuid4().hex[:12]}"
    identifier = sql.Identifier(name)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as server:
        await server.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
        yield urlunsplit(urlsplit(database_url)._replace(path=f"/{name}"))
        await server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


@pytest.fixture
def fresh(database_url: str, database: Database) -> Callable[[], Awaitable[Rows]]:
    """Makes a new workspace at each call, for tests that run many examples."""

    async def make() -> Rows:
        name = f"f-{uuid4().hex[:12]}"
        await ensure_workspace_and_keys(database_url, name, {})
        return Rows(database, name)

    return make


MigratedTo = Callable[[str], Awaitable[str]]


@pytest.fixture
def migrated_to(empty_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> MigratedTo:
    """Brings an empty database to a version, and on to a later one; returns its address."""

    async def migrate_to(version: str) -> str:
        for file in migrations.MIGRATIONS.glob("*.sql"):
            if file.name[:4] <= version:
                shutil.copy(file, tmp_path)
        with monkeypatch.context() as patched:
            patched.setattr(migrations, "MIGRATIONS", tmp_path)
            await asyncio.to_thread(migrations.migrate, empty_database)
        return empty_database

    return migrate_to


@pytest.fixture(scope="session")
async def apart(database_url: str) -> str:
    """A migrated database for rows that make no sense, which other tests must not meet."""
    url = await new_database(database_url, "apart")
    ensure_login(url, PASSWORD, name=LOGIN)
    return url


@pytest.fixture(scope="session")
def tables(apart: str) -> dict[str, Table]:
    """Every table of workspaces."""
    with psycopg.connect(apart) as owner:
        return read_tables(owner)


@pytest.fixture(scope="session")
def two(apart: str, tables: dict[str, Table]) -> tuple[str, str]:
    """Two workspaces with one row in every table."""
    names = (f"a-{uuid4().hex[:8]}", f"b-{uuid4().hex[:8]}")
    with psycopg.connect(apart) as owner:
        # Only the rows' own checks are at work, so that no table waits for another's rows.
        owner.execute("SET session_replication_role = replica")
        for name in names:
            for table in tables.values():
                owner.execute(table.insert(name))
    return names
