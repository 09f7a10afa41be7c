"""`/v1/embeddings`: what administrators see of the models, start, and delete."""

from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from activities.reembed_passages import ReembedReach
from api.app import create_app
from api.problems import unavailable
from domain.identity import ApiRole
from gateways.settings import Settings
from store import audit
from store.bootstrap import ensure_workspace_and_keys
from store.database import Database
from store.embeddings import Embedded, ensure_model, list_unembedded, store_vectors
from tests.api.conftest import BASE_URL, Keys
from tests.api.fakes import Json, RecordingDelivery, WordEmbedder
from tests.api.rows import Rows
from workflows.reembed_client import ReembedReport, ReembedState
from workflows.reembed_input import ReembedStatus

NEXT = "acme/embed-3"
DIMENSION = 8


class RecordingReembedder:
    """Remembers what was started, and tells of it what a test wants."""

    def __init__(self) -> None:
        self.started: list[tuple[str, ReembedReach]] = []
        self.reports: dict[str, ReembedReport] = {}
        self.reachable = True

    async def start(self, model: str, reach: ReembedReach) -> str:
        if not self.reachable:
            raise unavailable("Temporal server")
        self.started.append((model, reach))
        return f"reembed/{model}"

    async def report(self, model: str) -> ReembedReport | None:
        return self.reports.get(model)


@pytest.fixture
def reembedder() -> RecordingReembedder:
    """The re-embedding, without Temporal."""
    return RecordingReembedder()


@pytest.fixture
def following() -> dict[str, object]:
    """The settings of the next model."""
    return {
        "next_embedding_url": "http://embeddings.test/v1",
        "next_embedding_model": NEXT,
        "next_embedding_dimension": DIMENSION,
    }


@pytest.fixture
async def app(
    database_url: str,
    database: Database,
    delivery: RecordingDelivery,
    reembedder: RecordingReembedder,
    following: dict[str, object],
) -> AsyncGenerator[FastAPI]:
    """The application with a model that shall serve next."""
    settings = Settings.model_validate({"database_url": database_url, **following})
    app = create_app(
        settings,
        database=database,
        delivery=delivery,
        embedder=WordEmbedder(),
        reembedding=reembedder,
    )
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def admin(app: FastAPI, keys: Keys) -> AsyncGenerator[AsyncClient]:
    """A client that calls as an administrator."""
    transport = ASGITransport(app, raise_app_exceptions=False)
    headers = keys.header(ApiRole.ADMIN)
    async with AsyncClient(transport=transport, base_url=BASE_URL, headers=headers) as client:
        yield client


async def lines(admin: AsyncClient) -> dict[str, Json]:
    """Return the models by name, in their order."""
    answer = await admin.get("/v1/embeddings")
    assert answer.status_code == 200
    return {line["model"]: line for line in answer.json()["models"]}


async def embed(rows: Rows, model: str, limit: int = 100) -> int:
    """Give some passages a vector of a model; return how many."""
    async with rows.database.transaction(rows.workspace) as connection:
        found = await list_unembedded(
            connection, rows.workspace, model, Embedded.PASSAGES, after=None, limit=limit
        )
        made = [(unembedded, [1.0] * DIMENSION) for unembedded in found]
        return await store_vectors(connection, rows.workspace, model, Embedded.PASSAGES, made)


async def actions(rows: Rows) -> list[str]:
    async with rows.database.transaction(rows.workspace) as connection:
        return [entry.action for entry in await audit.list_audit(connection, rows.workspace)]


async def test_the_models_come_with_what_they_are_for_and_how_much_has_a_vector(
    admin: AsyncClient, rows: Rows
) -> None:
    await rows.proposal()
    await rows.item()
    await rows.item()
    done = await embed(rows, NEXT, limit=1)
    models = await lines(admin)
    assert list(models)[:2] == ["words", NEXT]
    serving, following = models["words"], models[NEXT]
    total = serving["passages"]["total"]
    assert (serving["use"], serving["dimension"]) == ("serving", 384)
    assert serving["passages"] == {"total": total, "embedded": total}
    assert serving["asks"] == serving["proposals"] == {"total": 1, "embedded": 1}
    assert (following["use"], following["dimension"]) == ("next", DIMENSION)
    assert following["passages"] == {"total": total, "embedded": done}


async def test_a_model_that_is_known_has_an_index(admin: AsyncClient, database: Database) -> None:
    model = f"old-{uuid4().hex}"
    await ensure_model(database, model, 5)
    line = (await lines(admin))[model]
    assert (line["use"], line["dimension"]) == ("none", 5)
    assert str(line["index"]["name"]).startswith("embeddings_near_")


async def test_another_workspaces_passages_are_not_counted(
    admin: AsyncClient, database: Database, database_url: str
) -> None:
    await ensure_workspace_and_keys(database_url, other := f"x-{uuid4().hex[:12]}", {})
    await Rows(database, other).item()
    assert (await lines(admin))["words"]["passages"] == {"total": 0, "embedded": 0}


async def test_how_far_a_re_embedding_is_is_told(
    admin: AsyncClient, reembedder: RecordingReembedder
) -> None:
    status = ReembedStatus.model_validate(
        {
            "model": NEXT,
            "reach": "passages",
            "done": 3,
            "total": 9,
            "stored": 3,
            "started_at": "2026-11-22T12:00:00Z",
            "per_second": 1.5,
        }
    )
    reembedder.reports[NEXT] = ReembedReport("reembed/x", ReembedState.RUNNING, status)
    assert (await lines(admin))[NEXT]["reembedding"] == {
        "workflow_id": "reembed/x",
        "state": "running",
        "done": 3,
        "total": 9,
        "started_at": "2026-11-22T12:00:00Z",
        "per_second": 1.5,
        "failure": "",
    }


async def test_the_next_model_is_what_is_made(
    admin: AsyncClient, reembedder: RecordingReembedder, rows: Rows
) -> None:
    answer = await admin.post("/v1/embeddings/reembed")
    assert answer.status_code == 202
    assert answer.json() == {
        "model": NEXT,
        "reach": "passages",
        "workflow_id": f"reembed/{NEXT}",
    }
    assert reembedder.started == [(NEXT, ReembedReach.PASSAGES)]
    assert await actions(rows) == ["reembedding_started"]


@pytest.mark.parametrize("following", [{}])
async def test_where_none_is_next_the_serving_model_is(
    admin: AsyncClient, reembedder: RecordingReembedder
) -> None:
    assert (await admin.post("/v1/embeddings/reembed")).status_code == 202
    assert reembedder.started == [("words", ReembedReach.EVERYTHING)]


async def test_without_temporal_it_is_to_be_tried_again(
    admin: AsyncClient, reembedder: RecordingReembedder, rows: Rows
) -> None:
    reembedder.reachable = False
    answer = await admin.post("/v1/embeddings/reembed")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert await actions(rows) == []


async def test_a_model_out_of_use_is_deleted_with_its_index(
    admin: AsyncClient, database: Database, rows: Rows
) -> None:
    model = f"acme/old-{uuid4().hex}"
    await ensure_model(database, model, DIMENSION)
    await rows.item()
    count = await embed(rows, model)
    answer = await admin.delete(f"/v1/embeddings/{model}")
    assert answer.json() == {"model": model, "deleted": count, "rest": "none"}
    assert model not in await lines(admin)
    assert await actions(rows) == ["embeddings_pruned"]
    assert (await admin.delete(f"/v1/embeddings/{model}")).status_code == 404


async def test_a_call_deletes_for_a_while_and_says_that_some_are_left(
    admin: AsyncClient, database: Database, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.services.embeddings._PRUNE_SECONDS", -1.0)
    monkeypatch.setattr("api.services.embeddings._PRUNE_AT_ONCE", 1)
    model = f"old-{uuid4().hex}"
    await ensure_model(database, model, DIMENSION)
    await rows.item()
    await rows.item()
    await embed(rows, model)
    answer = await admin.delete(f"/v1/embeddings/{model}")
    assert answer.json() == {"model": model, "deleted": 1, "rest": "some"}


@pytest.mark.parametrize("model", ["words", NEXT])
async def test_a_model_in_use_is_never_deleted(
    admin: AsyncClient, database: Database, rows: Rows, model: str
) -> None:
    await rows.item()
    await embed(rows, NEXT)
    before = await lines(admin)
    answer = await admin.delete(f"/v1/embeddings/{model}")
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("model_in_use")
    assert await lines(admin) == before


async def test_a_model_whose_vectors_are_being_made_is_not_deleted(
    admin: AsyncClient, database: Database, reembedder: RecordingReembedder
) -> None:
    model = f"old-{uuid4().hex}"
    await ensure_model(database, model, DIMENSION)
    reembedder.reports[model] = ReembedReport("reembed/x", ReembedState.RUNNING)
    assert (await admin.delete(f"/v1/embeddings/{model}")).status_code == 409
    assert model in await lines(admin)
