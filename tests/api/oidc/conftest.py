"""The application with a provider of its own."""

from collections.abc import AsyncGenerator, Generator

import pytest
from httpx2 import ASGITransport, AsyncClient

from api.app import create_app
from store.database import Database
from tests.api.conftest import BASE_URL
from tests.api.fakes import RecordingDelivery, WordEmbedder
from tests.api.oidc.signing_in import DANA, settings_of
from tests.fakes.oidc_provider import OidcProvider


@pytest.fixture
def provider() -> Generator[OidcProvider]:
    """A provider at which Dana signs in."""
    with OidcProvider() as provider:
        provider.person = dict(DANA)
        yield provider


@pytest.fixture
def more_settings() -> dict[str, object]:
    """What a test sets otherwise."""
    return {}


@pytest.fixture
async def browser(
    provider: OidcProvider,
    database_url: str,
    database: Database,
    workspace: str,
    more_settings: dict[str, object],
) -> AsyncGenerator[AsyncClient]:
    """A browser before the application, with this provider."""
    app = create_app(
        settings_of(provider, database_url, workspace, **more_settings),
        database=database,
        delivery=RecordingDelivery(database),
        embedder=WordEmbedder(),
        settle_seconds=0,
    )
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url=BASE_URL) as client,
    ):
        yield client
