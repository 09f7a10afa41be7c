"""Golden queries: over the JSON calls, and by the forms of their page."""

import threading
from typing import Any
from uuid import uuid4

import pytest
from httpx2 import AsyncClient, Response

from analysis.redaction import PersonalDataMatch, contains_personal_data
from api.services import golden
from domain.identity import ApiRole
from store import audit
from store.database import Database
from tests.api.browser import Person, signed_in, text_of
from tests.api.conftest import Keys
from tests.api.rows import Rows

QUERY = "How long do refunds take?"


async def keep(client: AsyncClient, keys: Keys, **fields: Any) -> Response:
    body = {"query": QUERY, **fields}
    return await client.post("/v1/golden", json=body, headers=keys.header(ApiRole.LEAD))


async def listed(client: AsyncClient, keys: Keys) -> list[dict[str, Any]]:
    answer = await client.get("/v1/golden", headers=keys.header(ApiRole.REVIEWER))
    assert answer.status_code == 200
    return answer.json()["items"]


async def test_a_query_is_kept_with_what_a_right_answer_needs(
    client: AsyncClient, keys: Keys
) -> None:
    answer = await keep(client, keys, must_contain=["5 days"], note="Ask the returns team.")
    assert answer.status_code == 201
    [kept] = await listed(client, keys)
    assert kept == answer.json()
    assert (kept["query"], kept["expects"], kept["must_contain"]) == (
        QUERY,
        "answered",
        ["5 days"],
    )


async def test_the_audit_says_who_kept_how_many_and_none_of_the_words(
    client: AsyncClient, keys: Keys, database: Database
) -> None:
    answer = await keep(client, keys)
    golden_id = answer.json()["id"]
    await client.delete(f"/v1/golden/{golden_id}", headers=keys.header(ApiRole.ADMIN))
    async with database.transaction(keys.workspace) as connection:
        entries = await audit.list_audit(connection, keys.workspace)
    assert [(e.action, e.subject, e.details) for e in entries] == [
        ("golden_queries_kept", f"golden/{golden_id}", {"queries": 1, "new": 1}),
        ("golden_query_removed", f"golden/{golden_id}", {}),
    ]


async def test_what_is_taken_out_is_gone_and_cannot_be_taken_out_again(
    client: AsyncClient, keys: Keys
) -> None:
    path = f"/v1/golden/{(await keep(client, keys)).json()['id']}"
    first = await client.delete(path, headers=keys.header(ApiRole.LEAD))
    again = await client.delete(path, headers=keys.header(ApiRole.LEAD))
    assert (first.status_code, again.status_code) == (200, 404)
    assert await listed(client, keys) == []


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"query": "Where is my refund? I am jane.doe@example.com"}, "query"),
        ({"note": "Card 4111 1111 1111 1111"}, "note"),
        ({"must_contain": ["5 days", "to jane.doe@example.com"]}, "must_contain[1]"),
        ({"item_id": str(uuid4())}, "item_id"),
        ({"expects": "handoff", "must_contain": ["5 days"]}, "body"),
        ({"query": ""}, "query"),
        ({"query": "x" * 2_001}, "query"),
    ],
)
async def test_what_cannot_be_kept_is_refused_with_the_field(
    client: AsyncClient, keys: Keys, fields: dict[str, Any], field: str
) -> None:
    answer = await keep(client, keys, **fields)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert "jane" not in answer.text
    assert await listed(client, keys) == []


async def test_an_item_may_be_named(client: AsyncClient, keys: Keys, database: Database) -> None:
    item_id, _ = await Rows(database, keys.workspace).item()
    answer = await keep(client, keys, item_id=str(item_id))
    assert answer.json()["item_id"] == str(item_id)


async def bring_in(client: AsyncClient, keys: Keys, *queries: dict[str, Any]) -> Response:
    return await client.post(
        "/v1/golden/import", json={"queries": queries}, headers=keys.header(ApiRole.ADMIN)
    )


async def test_a_thousand_are_brought_in_at_once_and_counted(
    client: AsyncClient, keys: Keys
) -> None:
    await keep(client, keys)
    many = [{"query": f"Does rule {number} apply?"} for number in range(999)]
    answer = await bring_in(client, keys, {"query": QUERY}, *many)
    assert (answer.status_code, answer.json()) == (201, {"kept": 1_000, "new": 999})
    more = await bring_in(client, keys, *many, {"query": "a"}, {"query": "b"})
    assert more.status_code == 422


async def test_of_many_none_is_kept_if_one_cannot_be(client: AsyncClient, keys: Keys) -> None:
    bad = {"query": "I am jane.doe@example.com"}
    answer = await bring_in(client, keys, {"query": QUERY}, bad)
    assert [error["field"] for error in answer.json()["errors"]] == ["queries[1].query"]
    assert await listed(client, keys) == []


async def test_a_long_list_is_looked_through_beside_other_requests(
    client: AsyncClient, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: set[int] = set()

    def look(text: str) -> list[PersonalDataMatch]:
        looked.add(threading.get_ident())
        return contains_personal_data(text)

    monkeypatch.setattr(golden, "contains_personal_data", look)
    queries = [{"query": f"I am number{n}@example.com"} for n in range(60)]
    answer = await bring_in(client, keys, *queries)
    assert (answer.status_code, len(answer.json()["errors"])) == (422, 50)
    assert looked
    assert threading.get_ident() not in looked


async def test_a_list_goes_on(client: AsyncClient, keys: Keys) -> None:
    await bring_in(client, keys, *({"query": f"Query {number}?"} for number in range(3)))
    headers = keys.header(ApiRole.REVIEWER)
    page = (await client.get("/v1/golden?limit=2", headers=headers)).json()
    rest = await client.get(f"/v1/golden?cursor={page['next_cursor']}", headers=headers)
    assert [len(page["items"]), len(rest.json()["items"])] == [2, 1]


@pytest.fixture
async def lead(client: AsyncClient, keys: Keys) -> Person:
    """A lead at a browser."""
    return await signed_in(client, keys.of[ApiRole.LEAD])


async def test_the_page_takes_a_query_in_and_out(
    client: AsyncClient, keys: Keys, lead: Person
) -> None:
    empty = await lead.get("/golden")
    assert "None yet" in text_of(empty)
    kept = await lead.post("/golden", empty, query=QUERY, must_contain="5 days\r\n\r\nmoney")
    assert (kept.status_code, kept.headers["location"]) == (303, "/golden")
    page = await lead.get("/golden")
    assert QUERY in text_of(page)
    [golden] = await listed(client, keys)
    assert golden["must_contain"] == ["5 days", "money"]
    await lead.post(f"/golden/{golden['id']}/remove", page)
    assert await listed(client, keys) == []


async def test_what_a_form_cannot_keep_is_shown_again_as_it_was_typed(lead: Person) -> None:
    page = await lead.get("/golden")
    again = await lead.post("/golden", page, query="I am jane.doe@example.com", note="mine")
    assert again.status_code == 422
    assert "query holds an e-mail address; word it without" in text_of(again)
    assert 'value="mine"' in again.text


async def test_who_reviews_reads_and_changes_nothing(
    client: AsyncClient, keys: Keys, database: Database
) -> None:
    await keep(client, keys, query="<b>How</b> long?")
    person = await signed_in(client, keys.of[ApiRole.REVIEWER])
    page = await person.get("/golden")
    assert "&lt;b&gt;How&lt;/b&gt; long?" in page.text
    assert "Add a query" not in page.text
    assert (await person.post("/golden", page, query=QUERY)).status_code == 403
