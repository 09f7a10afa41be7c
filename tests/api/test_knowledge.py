"""Searching, reading and importing knowledge; the reference agent; outcomes and metrics."""

from typing import Any
from uuid import uuid4

import pytest
from httpx2 import AsyncClient

from domain.identity import ApiRole
from domain.knowledge import ItemKind, Operation
from store.database import Database, fetch_all
from tests.api.conftest import Keys, make_keys
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows, adding, revising

URL = "/v1/knowledge"


@pytest.fixture
def agent(keys: Keys) -> dict[str, str]:
    """An agent's key."""
    return keys.header(ApiRole.AGENT)


async def test_a_search_finds_the_nearest_item_with_score_and_revision(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    item_id, release = await rows.item(adding("Refunds take 5 days."))
    await rows.item(adding("Shoes come in boxes.", ItemKind.POLICY))

    answer = await client.post(
        f"{URL}/search", json={"query": "How many days do refunds take?"}, headers=agent
    )

    body = answer.json()
    best = body["items"][0]
    assert (best["item"]["id"], best["item"]["revision"]) == (str(item_id), 1)
    assert 0 < best["score"] <= 1
    assert body["release"] == release + 1


async def test_a_search_is_limited_to_kinds_and_k(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    for _ in range(2):
        await rows.item(adding("Refunds take 5 days."))
    policy, _ = await rows.item(adding("Refunds take 5 days.", ItemKind.POLICY))

    one = await client.post(f"{URL}/search", json={"query": "refunds", "k": 1}, headers=agent)
    policies = await client.post(
        f"{URL}/search", json={"query": "refunds", "kinds": ["policy"]}, headers=agent
    )

    assert len(one.json()["items"]) == 1
    assert [hit["item"]["id"] for hit in policies.json()["items"]] == [str(policy)]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "query"),
        ({"query": " "}, "query"),
        ({"query": "x", "k": 0}, "k"),
        ({"query": "x", "k": 51}, "k"),
        ({"query": "x", "k": False}, "k"),
        ({"query": "x", "k": "5"}, "k"),
        ({"query": "x", "kinds": ["song"]}, "kinds[0]"),
        ({"query": "x", "workspace": "other"}, "workspace"),
    ],
)
async def test_a_wrong_search_is_named(
    client: AsyncClient, agent: dict[str, str], body: dict[str, Any], field: str
) -> None:
    answer = await client.post(f"{URL}/search", json=body, headers=agent)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_workspace_finds_its_own_items_only(
    client: AsyncClient, rows: Rows, database_url: str
) -> None:
    item_id, _ = await rows.item()
    other = (await make_keys(database_url, f"w-{uuid4().hex[:12]}")).header(ApiRole.ADMIN)

    found = await client.post(f"{URL}/search", json={"query": "refunds"}, headers=other)
    listed = await client.get(URL, headers=other)
    paths = ["", "/revisions", "/diff?from=1&to=1"]
    read = [await client.get(f"{URL}/{item_id}{path}", headers=other) for path in paths]

    assert found.json()["items"] == []
    assert listed.json()["items"] == []
    assert [answer.status_code for answer in read] == [404, 404, 404]


async def test_items_are_listed_by_kind_and_status(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    kept, _ = await rows.item()
    gone, _ = await rows.item()
    await rows.item(
        revising(gone, "Refunds take 5 days.").model_copy(update={"operation": Operation.RETIRE})
    )

    async def listed(query: str) -> set[str]:
        answer = await client.get(f"{URL}{query}", headers=agent)
        return {item["id"] for item in answer.json()["items"]}

    assert await listed("?status=active") == {str(kept)}
    assert await listed("?status=retired") == {str(gone)}
    assert await listed("") == {str(kept), str(gone)}
    assert await listed("?kind=policy") == set()


async def test_the_list_is_paged(client: AsyncClient, agent: dict[str, str], rows: Rows) -> None:
    ids = [str((await rows.item())[0]) for _ in range(3)]

    first = (await client.get(f"{URL}?limit=2", headers=agent)).json()
    second = (
        await client.get(f"{URL}?limit=2&cursor={first['next_cursor']}", headers=agent)
    ).json()

    assert [item["id"] for item in (*first["items"], *second["items"])] == ids


async def test_revisions_and_their_difference(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    await rows.item(revising(item_id, "Refunds take 7 days."))

    head = (await client.get(f"{URL}/{item_id}", headers=agent)).json()
    revisions = (await client.get(f"{URL}/{item_id}/revisions", headers=agent)).json()["items"]
    diff = (await client.get(f"{URL}/{item_id}/diff?from=1&to=2", headers=agent)).json()

    assert (head["revision"], head["content"]["answer"]) == (2, "Refunds take 7 days.")
    assert [(r["number"], r["approved_by"]) for r in revisions] == [(1, ["dana"]), (2, ["dana"])]
    assert [field["field"] for field in diff["fields"] if field["changed"]] == ["answer"]


@pytest.mark.parametrize(
    ("query", "field"),
    [("from=1", "to"), ("from=1&to=9", "to"), ("from=0&to=1", "from"), ("from=x&to=1", "from")],
)
async def test_a_difference_needs_two_revisions(
    client: AsyncClient, agent: dict[str, str], rows: Rows, query: str, field: str
) -> None:
    item_id, _ = await rows.item()

    answer = await client.get(f"{URL}/{item_id}/diff?{query}", headers=agent)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]


ARTICLE = {"title": "Returns", "question": "How long?", "answer": "30 days."}


async def test_an_administrator_brings_items_in(
    client: AsyncClient, keys: Keys, delivery: RecordingDelivery
) -> None:
    body = {"items": [{"kind": "article", "content": ARTICLE}]}

    answer = await client.post(f"{URL}/import", json=body, headers=keys.header(ApiRole.ADMIN))

    assert answer.status_code == 200
    (line,) = answer.json()["items"]
    assert (line["kind"], line["title"], line["release"]) == ("article", "Returns", 1)
    ((workspace, by, entries),) = delivery.imported
    assert (workspace, by) == (keys.workspace, "admin")
    assert [entry.content.title for entry in entries] == ["Returns"]


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"kind": "article", "content": {**ARTICLE, "answer": ""}}, "items[0].content.answer"),
        ({"kind": "policy", "content": ARTICLE}, "items[0].content.rule"),
        ({"kind": "song", "content": ARTICLE}, "items[0].kind"),
        ({"kind": "article"}, "items[0].content"),
        ({"kind": "article", "content": ARTICLE, "item_id": "x"}, "items[0].item_id"),
    ],
)
async def test_an_import_names_what_is_wrong(
    client: AsyncClient, keys: Keys, item: dict[str, Any], field: str
) -> None:
    answer = await client.post(
        f"{URL}/import", json={"items": [item]}, headers=keys.header(ApiRole.ADMIN)
    )

    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]


async def test_an_import_while_temporal_is_away_says_so(
    client: AsyncClient, keys: Keys, delivery: RecordingDelivery
) -> None:
    delivery.reachable = False
    body = {"items": [{"kind": "article", "content": ARTICLE}]}

    answer = await client.post(f"{URL}/import", json=body, headers=keys.header(ApiRole.ADMIN))

    assert answer.status_code == 503
    assert answer.headers["retry-after"]


async def test_the_agent_hands_off_what_it_does_not_know(
    client: AsyncClient, agent: dict[str, str], database: Database, keys: Keys
) -> None:
    query = "Where is my refund? Write to jane@example.com."

    answer = await client.post("/v1/ask", json={"query": query}, headers=agent)

    assert answer.status_code == 200
    assert answer.json()["answered"] is False
    assert answer.json()["handoff_reason"]
    (outcome,) = await _outcomes(database, keys.workspace)
    assert outcome["handled_by"] == "human"
    assert "jane@example.com" not in outcome["query"]
    assert str(outcome["id"]) == answer.json()["outcome_id"]


async def test_the_agent_answers_what_it_knows_and_names_the_item(
    client: AsyncClient, agent: dict[str, str], rows: Rows, database: Database
) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))

    answer = await client.post("/v1/ask", json={"query": "How long?"}, headers=agent)

    body = answer.json()
    assert (body["answered"], body["answer"]) == (True, "Refunds take 5 days.")
    assert [used["item_id"] for used in body["items_used"]] == [str(item_id)]
    (outcome,) = await _outcomes(database, rows.workspace)
    assert (outcome["handled_by"], outcome["items_used"]) == ("agent", [item_id])


async def test_an_outcome_is_kept_without_personal_data(
    client: AsyncClient, agent: dict[str, str], database: Database, keys: Keys
) -> None:
    report = {"query": "I am jane@example.com", "handled_by": "agent", "correct": False}

    answer = await client.post("/v1/outcomes", json=report, headers=agent)

    assert answer.status_code == 201
    (outcome,) = await _outcomes(database, keys.workspace)
    assert "jane@example.com" not in outcome["query"]


@pytest.mark.parametrize(
    "body",
    [
        {"query": "x"},
        {"query": "x", "handled_by": "robot"},
        {"query": "x", "handled_by": "agent", "confidence": 2},
        {"query": "x", "handled_by": "agent", "confidence": True},
        {"query": "x", "handled_by": "agent", "correct": "yes"},
        {"query": "x", "handled_by": "agent", "items_used": ["x"]},
    ],
)
async def test_a_wrong_outcome_is_refused(
    client: AsyncClient, agent: dict[str, str], body: dict[str, Any]
) -> None:
    answer = await client.post("/v1/outcomes", json=body, headers=agent)

    assert answer.status_code == 422


async def test_wrong_answers_are_counted_apart(
    client: AsyncClient, agent: dict[str, str], keys: Keys, rows: Rows
) -> None:
    await rows.proposal()
    for fields in (
        {"handled_by": "agent", "correct": True},
        {"handled_by": "agent"},
        {"handled_by": "agent", "correct": False},
        {"handled_by": "human"},
    ):
        await client.post("/v1/outcomes", json={"query": "x", **fields}, headers=agent)

    body = (await client.get("/v1/metrics/learning", headers=keys.header())).json()

    assert body["outcomes"] == {"total": 4, "alone": 3, "wrong": 1}
    assert (body["autonomy_rate"], body["wrong_rate"], body["handoff_rate"]) == (0.5, 0.25, 0.25)
    assert body["interventions"] == {"in_review": 1}
    assert body["proposals"] == {"in_review": 1}


async def test_without_outcomes_there_are_no_rates(client: AsyncClient, keys: Keys) -> None:
    body = (await client.get("/v1/metrics/learning", headers=keys.header())).json()

    assert body["autonomy_rate"] is None


async def _outcomes(database: Database, workspace: str) -> list[dict[str, Any]]:
    async with database.transaction(workspace) as connection:
        return await fetch_all(
            connection, "SELECT * FROM outcomes WHERE workspace = %(w)s", {"w": workspace}
        )
