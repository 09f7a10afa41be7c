"""What a caller reads when the embedding service fails: a problem with a remedy, never a 500."""

from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from numpy.typing import NDArray

from api.app import create_app
from domain.identity import ApiRole
from gateways.errors import (
    EmbeddingAuthError,
    EmbeddingError,
    EmbeddingRateLimitedError,
    EmbeddingUnavailableError,
)
from gateways.settings import Settings
from store.database import Database
from tests.api.conftest import BASE_URL, Keys
from tests.api.fakes import RecordingDelivery, WordEmbedder

every_call = pytest.mark.parametrize("path", ["/v1/knowledge/search", "/v1/ask"])


class BrokenEmbedder(WordEmbedder):
    """Raises what it is given."""

    def __init__(self, error: EmbeddingError) -> None:
        """Raise `error` at every text."""
        self._error = error

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Raise."""
        raise self._error


async def answer_with(
    error: EmbeddingError, path: str, database: Database, database_url: str, keys: Keys
) -> Response:
    """Return what the API answers while texts cannot be embedded."""
    app = create_app(
        Settings.model_validate({"database_url": database_url}),
        database=database,
        delivery=RecordingDelivery(database),
        embedder=BrokenEmbedder(error),
    )
    transport = ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url=BASE_URL) as client,
    ):
        return await client.post(path, json={"query": "x"}, headers=keys.header(ApiRole.AGENT))


@every_call
async def test_a_service_that_is_away_is_a_reason_to_try_again(
    path: str, database: Database, database_url: str, keys: Keys
) -> None:
    answer = await answer_with(EmbeddingUnavailableError(), path, database, database_url, keys)

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["title"] == "The embedding service cannot be reached"
    assert "Try again" in problem["detail"]
    assert answer.headers["retry-after"] == "2"


async def test_a_caller_waits_as_long_as_the_service_asks(
    database: Database, database_url: str, keys: Keys
) -> None:
    error = EmbeddingRateLimitedError(retry_after=timedelta(seconds=16.2))

    answer = await answer_with(error, "/v1/knowledge/search", database, database_url, keys)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "17")


@every_call
async def test_what_only_a_setting_mends_is_said_with_its_remedy(
    path: str, database: Database, database_url: str, keys: Keys
) -> None:
    error = EmbeddingAuthError("No: set LEARNING_LOOP_EMBEDDING_API_KEY")

    answer = await answer_with(error, path, database, database_url, keys)

    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:learning-loop:problem:misconfigured"
    assert "LEARNING_LOOP_EMBEDDING_API_KEY" in answer.json()["detail"]
    assert "retry-after" not in answer.headers
