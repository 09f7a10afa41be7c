"""The API in this process, on real Postgres; only Temporal is stood in for."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from pydantic import SecretStr
from starlette.datastructures import State

from api.app import create_app
from domain.cases import Answerer
from domain.identity import ApiRole
from gateways.settings import Settings
from store.bootstrap import ensure_workspace_and_keys
from store.database import Database
from store.keys import new_key
from tests.api.browser import Person, signed_in
from tests.api.fakes import RecordingDelivery, WordEmbedder
from tests.api.rows import Rows

BASE_URL = "http://learning-loop.test"


@dataclass(frozen=True)
class Keys:
    """One key of each role, and the workspace that they are of."""

    workspace: str
    of: dict[ApiRole, str]

    def header(self, role: ApiRole = ApiRole.REVIEWER) -> dict[str, str]:
        """Return the header that calls as this role."""
        return {"Authorization": f"Bearer {self.of[role]}"}


@pytest.fixture
def delivery(database: Database) -> RecordingDelivery:
    """What Temporal would have been told; commands settle at once."""
    return RecordingDelivery(database)


_IDLE: list[FastAPI] = []
"""Applications that no test uses now. Each works out its routes when they are first asked for,
which took most of the time of most tests, and nothing of it depends on what is given to it."""


@asynccontextmanager
async def started(
    database_url: str,
    database: Database,
    delivery: RecordingDelivery,
    answerer: Answerer | None = None,
) -> AsyncGenerator[FastAPI]:
    """Yield the application, started, with the offline agent unless another is given."""
    settings = Settings.model_validate(
        {
            "database_url": database_url,
            "session_secret": SecretStr("a secret of the tests"),
            "temporal_ui_url": "http://temporal.test",
        }
    )
    made = create_app(
        settings,
        database=database,
        delivery=delivery,
        answerer=answerer,
        embedder=WordEmbedder(),
        settle_seconds=0,
    )
    app = _IDLE.pop() if _IDLE else made
    app.state = State()
    # What the new one was given lives in its lifespan.
    async with made.router.lifespan_context(app):
        yield app
    _IDLE.append(app)


@pytest.fixture
async def app(
    database_url: str, database: Database, delivery: RecordingDelivery
) -> AsyncGenerator[FastAPI]:
    """The application, started."""
    async with started(database_url, database, delivery) as app:
        yield app


def client_of(app: FastAPI) -> AsyncClient:
    """Return a client of the application without a key of its own."""
    transport = ASGITransport(app, raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url=BASE_URL)


@pytest.fixture
async def client(app: FastAPI) -> AsyncGenerator[AsyncClient]:
    """A client of the application without a key of its own."""
    async with client_of(app) as client:
        yield client


@pytest.fixture
async def keys(database_url: str, workspace: str) -> Keys:
    """Fresh keys of the workspace."""
    return await make_keys(database_url, workspace)


async def make_keys(database_url: str, workspace: str) -> Keys:
    """Create a key for each role; the principals are named like their roles."""
    raw = {role: new_key(role) for role in ApiRole}
    await ensure_workspace_and_keys(
        database_url, workspace, {role.value: key for role, key in raw.items()}
    )
    return Keys(workspace, raw)


@pytest.fixture
def rows(database: Database, workspace: str) -> Rows:
    """Writes rows into the workspace as the activities would."""
    return Rows(database, workspace)


@pytest.fixture
async def reviewer(client: AsyncClient, keys: Keys) -> Person:
    """A reviewer who has signed in."""
    return await signed_in(client, keys.of[ApiRole.REVIEWER])
