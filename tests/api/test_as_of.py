"""What was known then: search, lists, items and revisions as of a release or a time."""

from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient

from domain.identity import ApiRole
from domain.knowledge import ArticleContent, Change, ItemKind, Operation
from store.database import Database, fetch_one
from store.queries import query
from tests.api.conftest import Keys
from tests.api.rows import Rows, adding, revising

URL = "/v1/knowledge"


@pytest.fixture
def agent(keys: Keys) -> dict[str, str]:
    """An agent's key."""
    return keys.header(ApiRole.AGENT)


async def _story(rows: Rows) -> UUID:
    """Let an item be added (1), changed (2) and retired (3)."""
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    changed = revising(item_id, "Refunds take 7 days.")
    await rows.item(changed)
    retired = {"operation": Operation.RETIRE, "base_revision": 2}
    await rows.item(changed.model_copy(update=retired))
    return item_id


async def _time_of(rows: Rows, number: int) -> str:
    async with rows.database.transaction(rows.workspace) as connection:
        row = await fetch_one(
            connection, query("release_time"), {"workspace": rows.workspace, "number": number}
        )
    assert row is not None
    return row["created_at"].isoformat().replace("+00:00", "Z")


async def _search(client: AsyncClient, header: dict[str, str], **fields: Any) -> dict[str, Any]:
    body = {"query": "How many days do refunds take?", **fields}
    answer = await client.post(f"{URL}/search", json=body, headers=header)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_search_finds_what_it_would_have_found_then(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    await _story(rows)

    found = [await _search(client, agent, as_of=number) for number in (0, 1, 2, 3)]
    by_time = await _search(client, agent, as_of=await _time_of(rows, 2))
    now = await _search(client, agent)

    said = [[hit["item"]["content"]["answer"] for hit in answer["items"]] for answer in found]
    assert said == [[], ["Refunds take 5 days."], ["Refunds take 7 days."], []]
    assert [answer["release"] for answer in found] == [0, 1, 2, 3]
    assert by_time["items"][0]["item"] == found[2]["items"][0]["item"]
    assert by_time["release"] == 2
    assert (now["items"], now["release"]) == ([], 3)


async def test_a_search_is_limited_to_tags(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    for tag in ("money", "shoes"):
        content = ArticleContent(
            title="Refunds", question="How long?", answer="5 days.", tags=(tag,)
        )
        change = Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=content)
        await rows.item(change)

    found = await _search(client, agent, tags=["shoes", "coats"], language="en-GB")

    assert [hit["item"]["content"]["tags"] for hit in found["items"]] == [["shoes"]]


async def test_a_list_shows_what_was_known_then(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    item_id = await _story(rows)
    other, _ = await rows.item(adding("Shoes come in boxes.", ItemKind.POLICY))

    async def listed(parameters: dict[str, str]) -> tuple[int, list[tuple[str, int, str]]]:
        answer = await client.get(URL, params=parameters, headers=agent)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        return body["release"], [(i["id"], i["revision"], i["status"]) for i in body["items"]]

    assert await listed({"as_of": "0"}) == (0, [])
    assert await listed({"as_of": "2"}) == (2, [(str(item_id), 2, "active")])
    assert await listed({"as_of": await _time_of(rows, 3)}) == (3, [(str(item_id), 3, "retired")])
    assert await listed({"as_of": ""}) == (
        4,
        [(str(item_id), 3, "retired"), (str(other), 1, "active")],
    )
    assert await listed({"as_of": "4", "kind": "policy"}) == (4, [(str(other), 1, "active")])
    assert await listed({"as_of": "1970-01-01T00:00:00Z"}) == (0, [])


async def test_an_item_that_was_not_there_yet_is_unknown(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    await _story(rows)
    item_id, _ = await rows.item(adding("Shoes come in boxes."))

    answers = [
        await client.get(f"{URL}/{item_id}{path}?as_of=3", headers=agent)
        for path in ("", "/revisions")
    ]

    assert [answer.status_code for answer in answers] == [404, 404]


async def test_an_item_is_shown_with_the_revisions_that_it_had(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    item_id = await _story(rows)

    item = (await client.get(f"{URL}/{item_id}?as_of=2", headers=agent)).json()
    answer = (await client.get(f"{URL}/{item_id}/revisions?as_of=2", headers=agent)).json()

    assert (item["revision"], item["status"], item["release"]) == (2, "active", 2)
    assert [revision["number"] for revision in answer["items"]] == [1, 2]
    assert answer["release"] == 2


@pytest.mark.parametrize("as_of", ["4", "2999-01-01T00:00:00Z"])
async def test_what_is_yet_to_come_is_refused_by_name(
    client: AsyncClient, agent: dict[str, str], rows: Rows, as_of: str
) -> None:
    item_id = await _story(rows)
    body = {"query": "x", "as_of": int(as_of) if as_of.isdigit() else as_of}

    answers = [
        await client.get(f"{URL}{path}", params={"as_of": as_of}, headers=agent)
        for path in ("", f"/{item_id}", f"/{item_id}/revisions")
    ]
    answers.append(await client.post(f"{URL}/search", json=body, headers=agent))

    for answer in answers:
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert error["field"] == "as_of"
        assert "the newest release is 3" in error["message"]


@pytest.mark.parametrize("as_of", ["x", "-1", "2026-03-31", "2026-03-31T09:12:00", "99999999999"])
async def test_what_is_no_moment_is_refused(
    client: AsyncClient, agent: dict[str, str], as_of: str
) -> None:
    listed = await client.get(URL, params={"as_of": as_of}, headers=agent)
    found = await client.post(f"{URL}/search", json={"query": "x", "as_of": as_of}, headers=agent)

    for answer in (listed, found):
        assert answer.status_code == 422
        (error,) = answer.json()["errors"]
        assert (error["field"], error["message"].split(",")[0]) == (
            "as_of",
            "must be a release number",
        )


@pytest.mark.parametrize("value", [True, 1.5, [], {}])
async def test_no_other_json_is_a_moment(
    client: AsyncClient, agent: dict[str, str], value: object
) -> None:
    answer = await client.post(f"{URL}/search", json={"query": "x", "as_of": value}, headers=agent)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["as_of"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("tags", [""]), ("tags", ["x"] * 51), ("language", "not a language"), ("language", "")],
)
async def test_a_wrong_filter_is_named(
    client: AsyncClient, agent: dict[str, str], field: str, value: object
) -> None:
    answer = await client.post(f"{URL}/search", json={"query": "x", field: value}, headers=agent)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith(field)


async def test_the_list_is_limited_to_tags(
    client: AsyncClient, agent: dict[str, str], rows: Rows
) -> None:
    ids = {}
    for tag in ("money", "shoes"):
        content = ArticleContent(title="T", question="Q", answer="A", tags=(tag, "all"))
        change = Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=content)
        ids[tag] = str((await rows.item(change))[0])
    await rows.item(adding(kind=ItemKind.POLICY))

    async def listed(query: str) -> list[str]:
        answer = await client.get(f"{URL}?{query}", headers=agent)
        return [item["id"] for item in answer.json()["items"]]

    assert await listed("tags=shoes") == [ids["shoes"]]
    assert await listed("tags=shoes&tags=money") == [ids["money"], ids["shoes"]]
    assert await listed("tags=nothing") == []


async def test_a_time_in_an_address_keeps_its_zone(
    client: AsyncClient, agent: dict[str, str], database: Database, rows: Rows
) -> None:
    await _story(rows)

    answer = await client.get(URL, params={"as_of": "1999-12-31T23:00:00+02:00"}, headers=agent)

    assert (answer.status_code, answer.json()["release"]) == (200, 0)
