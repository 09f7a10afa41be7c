"""Health, errors as problem documents, safe headers, and the OpenAPI document."""

import json
import re
from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient

from api.app import ROUTERS, create_app
from domain.cases import AskResult, Knowledge
from domain.identity import ApiRole
from gateways.errors import ModelOverloadedError
from gateways.settings import Settings
from store.database import Database, fetch_all
from tests.api.browser import Person
from tests.api.conftest import BASE_URL, Keys
from tests.api.fakes import RecordingDelivery, WordEmbedder
from tests.security.elements import foreign_scripts

PROBLEM_KEYS = {"type", "title", "status"}


async def test_the_process_lives(client: AsyncClient) -> None:
    answer = await client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


async def test_it_is_ready_with_database_and_temporal(client: AsyncClient) -> None:
    answer = await client.get("/readyz")

    assert answer.json() == {"status": "ready", "checks": {"database": "ok", "temporal": "ok"}}


async def test_without_temporal_it_is_not_ready(
    client: AsyncClient, delivery: RecordingDelivery
) -> None:
    delivery.reachable = False

    answer = await client.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "temporal": "not reachable"}
    assert answer.headers["retry-after"]


@pytest.fixture
async def stranded(database: Database) -> AsyncGenerator[AsyncClient]:
    """A client of an application whose database does not exist."""
    url = "postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=1"
    settings = Settings.model_validate({"database_url": url})
    pool = Database(url)
    # The pool would wait ten seconds for a connection, as it should; the test need not.
    pool._pool.timeout = 0.2  # pyright: ignore[reportPrivateUsage]
    async with pool:
        app = create_app(
            settings,
            database=pool,
            delivery=RecordingDelivery(database),
            embedder=WordEmbedder(),
        )
        async with app.router.lifespan_context(app), _client(app) as client:
            yield client


def _client(app: FastAPI) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app, raise_app_exceptions=False), base_url=BASE_URL)


async def test_without_the_database_it_is_not_ready(stranded: AsyncClient) -> None:
    answer = await stranded.get("/readyz")

    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "not reachable"


async def test_without_the_database_calls_say_to_try_again(stranded: AsyncClient) -> None:
    answer = await stranded.get("/v1/proposals", headers={"Authorization": "Bearer x"})

    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:learning-loop:problem:unavailable"
    assert answer.headers["retry-after"] == "2"


class BrokenAnswerer:
    """Raises what it is given."""

    name = "broken"
    is_deterministic = True

    def __init__(self, error: Exception) -> None:
        """Raise `error` at every query."""
        self.error = error

    async def answer(self, query: str, knowledge: Knowledge) -> AskResult:
        """Raise."""
        raise self.error


async def _ask_broken(
    error: Exception, database: Database, database_url: str, keys: Keys
) -> tuple[int, str, dict[str, Any]]:
    app = create_app(
        Settings.model_validate({"database_url": database_url}),
        database=database,
        delivery=RecordingDelivery(database),
        embedder=WordEmbedder(),
        answerer=BrokenAnswerer(error),
    )
    async with app.router.lifespan_context(app), _client(app) as client:
        answer = await client.post(
            "/v1/ask", json={"query": "x"}, headers=keys.header(ApiRole.AGENT)
        )
    return answer.status_code, answer.text, answer.json()


async def test_an_unexpected_error_tells_nothing_of_itself(
    database: Database,
    database_url: str,
    keys: Keys,
    capsys: pytest.CaptureFixture[str],
) -> None:
    secret = RuntimeError("jane@example.com")

    status, text, problem = await _ask_broken(secret, database, database_url, keys)

    assert status == 500
    assert problem["type"] == "urn:learning-loop:problem:internal_error"
    assert not re.search("jane|Traceback|RuntimeError", text)
    assert "jane" not in capsys.readouterr().out


async def test_a_busy_model_is_a_reason_to_try_again(
    database: Database, database_url: str, keys: Keys
) -> None:
    status, _, problem = await _ask_broken(ModelOverloadedError(), database, database_url, keys)

    assert (status, problem["title"]) == (503, "The model cannot be reached")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/nowhere", 404), ("GET", "/v1/nothing", 404), ("DELETE", "/v1/proposals", 405)],
)
async def test_unknown_addresses_are_problems_too(
    client: AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json().keys() >= PROBLEM_KEYS
    assert answer.json()["status"] == status


async def test_a_person_gets_a_page_instead(client: AsyncClient) -> None:
    answer = await client.get("/nowhere", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/healthz", "/login", "/nowhere", "/v1/proposals"])
async def test_every_answer_has_safe_headers(client: AsyncClient, path: str) -> None:
    answer = await client.get(path)

    policy = re.sub(r"'nonce-[\w-]{22}'", "NONCE", answer.headers["content-security-policy"])
    assert policy == (
        "default-src 'none'; script-src NONCE; connect-src 'self'; style-src 'self'; "
        "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_page_and_its_header_name_the_same_nonce_and_each_page_another(
    reviewer: Person,
) -> None:
    first, second = await reviewer.get("/"), await reviewer.get("/")

    assert foreign_scripts(first) == foreign_scripts(second) == []
    policies = {page.headers["content-security-policy"] for page in (first, second)}
    assert len(policies) == 2


async def test_a_log_line_holds_no_query_string_and_no_key(
    client: AsyncClient, keys: Keys, capsys: pytest.CaptureFixture[str]
) -> None:
    await client.get("/v1/proposals?assignee=jane", headers=keys.header())

    logged = capsys.readouterr().out
    assert "/v1/proposals" in logged
    assert "jane" not in logged
    assert keys.of[ApiRole.REVIEWER] not in logged


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_no_page_loads_anything_from_elsewhere(client: AsyncClient, path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_the_background_loop_runs(app: FastAPI, client: AsyncClient) -> None:
    await client.get("/healthz")

    assert app.state.context.delivery.ran


@pytest.fixture
async def document(client: AsyncClient) -> dict[str, Any]:
    """The OpenAPI document."""
    return cast(dict[str, Any], (await client.get("/openapi.json")).json())


def _calls(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, call)
        for path, calls in document["paths"].items()
        for method, call in calls.items()
    ]


async def test_every_call_is_documented(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert len(_calls(document)) == sum(len(router.routes) for router in ROUTERS)
    for _, path, call in _calls(document):
        assert call["summary"], path
        assert call["description"], path
        if path.startswith("/v1/hooks/"):
            assert call["security"] == []
            assert {"401", "404", "503"} <= call["responses"].keys(), path
        elif path.startswith("/v1/"):
            assert call["security"] == [{"apiKey": []}, {"session": []}]
            assert {"401", "403", "422", "503"} <= call["responses"].keys(), path


async def test_problem_answers_are_documented_as_such(document: dict[str, Any]) -> None:
    for _, path, call in _calls(document):
        for status, answer in call["responses"].items():
            if status >= "400":
                assert list(answer["content"]) == ["application/problem+json"], (path, status)


async def test_every_body_is_documented(document: dict[str, Any]) -> None:
    bodies = {path for _, path, call in _calls(document) if "requestBody" in call}

    assert bodies == {
        "/v1/interventions",
        "/v1/proposals",
        "/v1/knowledge/rollback",
        "/v1/knowledge/{item_id}/rollback",
        "/v1/knowledge/{item_id}/retire",
        "/v1/knowledge/{item_id}/restore",
        "/v1/proposals/{proposal_id}/decisions",
        "/v1/proposals/{proposal_id}/assign",
        "/v1/proposals/{proposal_id}/comments",
        "/v1/knowledge/search",
        "/v1/knowledge/import",
        "/v1/erasures",
        "/v1/golden",
        "/v1/golden/import",
        "/v1/ask",
        "/v1/outcomes",
        "/v1/suppressions/{suppression_id}",
        "/v1/workspace/settings",
        "/v1/me/notifications",
        "/v1/proposals/{proposal_id}/snooze",
    }


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]

    references = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))

    assert references <= schemas.keys()
    assert "#/$defs/" not in json.dumps(document)


async def test_every_body_has_an_example(document: dict[str, Any]) -> None:
    for _, path, call in _calls(document):
        if "requestBody" in call:
            body = call["requestBody"]["content"]["application/json"]
            name = body["schema"]["$ref"].rpartition("/")[2]
            schema = document["components"]["schemas"][name]
            assert "example" in body or schema.get("examples"), path


class QuotingAnswerer:
    """Hands off and repeats what was asked, as a model may."""

    name = "quoting"
    is_deterministic = True

    async def answer(self, query: str, knowledge: Knowledge) -> AskResult:
        """Return the query as the reason."""
        reason = f"No item says: {query}"
        return AskResult(answered=False, handoff_reason=reason, confidence=0, agent=self.name)


async def test_a_reason_that_repeats_the_query_is_kept_without_personal_data(
    database: Database, database_url: str, keys: Keys, workspace: str
) -> None:
    app = create_app(
        Settings.model_validate({"database_url": database_url}),
        database=database,
        delivery=RecordingDelivery(database),
        embedder=WordEmbedder(),
        answerer=QuotingAnswerer(),
    )
    async with app.router.lifespan_context(app), _client(app) as client:
        body = {"query": "Write to jane@example.com."}
        await client.post("/v1/ask", json=body, headers=keys.header(ApiRole.AGENT))
    async with database.transaction(workspace) as connection:
        (row,) = await fetch_all(
            connection,
            "SELECT handoff_reason, agent FROM outcomes WHERE workspace = %(w)s",
            {"w": keys.workspace},
        )
    assert row == {"handoff_reason": "No item says: Write to [EMAIL].", "agent": "quoting"}
