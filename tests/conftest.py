"""Servers and workspaces that tests of several folders share: real Postgres, migrated."""

import os
from collections.abc import AsyncGenerator
from uuid import uuid4

import hypothesis
import pytest
from xdist.remote import Producer

from embedded.postgres import EmbeddedPostgres
from store.bootstrap import ensure_workspace_and_keys
from store.database import Database
from store.migrate import migrate
from tests.scheduling import UnitScheduling, rank_of

# Shared machines stall, so no example has a deadline. People's runs look for new counterexamples;
# a CI run says the same of the same code each time.
hypothesis.settings.register_profile("project", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("project")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest first."""
    items.sort(key=lambda item: rank_of(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> UnitScheduling:
    """Return who hands the tests out to the processes."""
    return UnitScheduling(config, log)


@pytest.fixture(scope="session")
async def database_url() -> AsyncGenerator[str]:
    """A migrated throw-away database of this test process."""
    async with EmbeddedPostgres() as postgres:
        migrate(postgres.url)
        yield postgres.url


@pytest.fixture(scope="session")
async def database(database_url: str) -> AsyncGenerator[Database]:
    """The pool to it."""
    async with Database(database_url) as pool:
        yield pool


@pytest.fixture
async def impatient(database_url: str) -> AsyncGenerator[Database]:
    """A pool to it that fails at once where it would have to wait for another's lock."""
    sign = "&" if "?" in database_url else "?"
    async with Database(f"{database_url}{sign}options=-c%20lock_timeout%3D50") as pool:
        yield pool


@pytest.fixture
async def workspace(database_url: str) -> str:
    """A fresh workspace, so that tests do not see each other's rows."""
    name = f"w-{uuid4().hex[:12]}"
    await ensure_workspace_and_keys(database_url, name, {})
    return name
