"""What an answering model and an embedding service get to see of a customer's personal data."""

from collections.abc import Sequence

import numpy as np
import pytest
from httpx2 import Response
from numpy.typing import NDArray

from api.app import create_app
from domain.cases import AskResult, Knowledge
from domain.identity import ApiRole
from gateways.embedding_service import EmbeddingServiceOptions, ServiceEmbedder
from gateways.embeddings import Embedder
from gateways.settings import Settings
from store.database import Database
from tests.api.conftest import Keys, client_of
from tests.api.fakes import RecordingDelivery, WordEmbedder

QUERY = "My name is Maria Keller, why was jane.roe@example.com charged?"
REDACTED = "My name is [NAME], why was [EMAIL] charged?"


class Greeting:
    """Answers with the query that it got, as a model may that greets a customer by name."""

    name = "greeting"
    is_deterministic = True

    def __init__(self) -> None:
        """Remember the queries."""
        self.asked: list[str] = []

    async def answer(self, query: str, knowledge: Knowledge) -> AskResult:
        """Search, and repeat the query."""
        self.asked.append(query)
        await knowledge.search(query)
        return AskResult(answered=False, handoff_reason=f"Asked: {query}", confidence=0)


class Outside(ServiceEmbedder):
    """An outside service that remembers what it got."""

    def __init__(self) -> None:
        """Call nobody."""
        super().__init__(EmbeddingServiceOptions("http://127.0.0.1:9", "outside", 8))
        self.got: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the same vector for all texts."""
        self.got += texts
        return np.ones((len(texts), 8), np.float32)


async def post(
    path: str, database: Database, url: str, keys: Keys, *, embedder: Embedder, answerer: Greeting
) -> Response:
    app = create_app(
        Settings.model_validate({"database_url": url}),
        database=database,
        delivery=RecordingDelivery(database),
        embedder=embedder,
        answerer=answerer,
    )
    async with app.router.lifespan_context(app), client_of(app) as client:
        header = keys.header(ApiRole.AGENT)
        return await client.post(path, json={"query": QUERY}, headers=header)


async def test_the_model_sees_placeholders_and_the_caller_the_values(
    database: Database, database_url: str, keys: Keys
) -> None:
    answerer = Greeting()
    answer = await post(
        "/v1/ask", database, database_url, keys, embedder=WordEmbedder(), answerer=answerer
    )
    assert answerer.asked == [REDACTED]
    assert answer.json()["handoff_reason"] == f"Asked: {QUERY}"


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/knowledge/search"])
async def test_an_outside_embedding_service_gets_no_personal_data(
    database: Database, database_url: str, keys: Keys, path: str
) -> None:
    with Outside() as outside:
        await post(path, database, database_url, keys, embedder=outside, answerer=Greeting())
    assert set(outside.got) == {REDACTED}
