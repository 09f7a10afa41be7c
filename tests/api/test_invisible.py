"""What nobody can see is taken out of every text that models or pages see."""

from uuid import UUID

import pytest
from fastapi.routing import APIRoute
from httpx2 import AsyncClient

from api.app import ROUTERS
from domain.identity import ApiRole
from store.interventions import get_intervention
from tests.api.browser import Person
from tests.api.conftest import Keys
from tests.api.rows import Rows
from tests.domain.builders import posted

HIDDEN = {
    "zero-width": "\u200b\u2060\ufeff",
    "bidi": "\u202e\u2066\u2069\u202c",
    "tags": "\U000e0061\U000e007f",
}
HIDDEN_IN = pytest.mark.parametrize("hidden", HIDDEN.values(), ids=HIDDEN.keys())


@HIDDEN_IN
async def test_no_field_of_an_intervention_keeps_it(
    client: AsyncClient, keys: Keys, rows: Rows, hidden: str
) -> None:
    text = f"Say{hidden} it"
    body = posted(
        external_id="unseen",
        query=text,
        conversation=[
            {"role": "customer", "text": text},
            {
                "role": "agent",
                "text": text,
                "tool_calls": [{"name": text, "arguments": {text: [text]}, "result": {text: text}}],
            },
            {"role": "tool", "text": text, "tool_name": text},
            {"role": "human", "text": text, "author": text},
        ],
        agent={"name": text, "handoff_reason": text, "tools_available": [text]},
        resolution={
            "by": text,
            "reply": text,
            "decision": text,
            "information_used": [text],
            "actions": [{"system": text, "name": text, "arguments": {text: text}, "result": text}],
        },
        metadata={text: text},
    )

    header = keys.header(ApiRole.INTEGRATION)
    answer = await client.post("/v1/interventions", json=body, headers=header)

    async with rows.database.transaction(rows.workspace) as connection:
        found = await get_intervention(
            connection, rows.workspace, UUID(answer.json()["intervention_id"])
        )
    stored = found.submission.model_dump_json()
    assert "Say it" in stored
    assert not set(hidden) & set(stored)


@HIDDEN_IN
@pytest.mark.parametrize(
    ("path", "body", "role"),
    [
        ("/v1/ask", {"query": "Say it"}, ApiRole.AGENT),
        ("/v1/golden", {"query": "Say it", "expects": "handoff"}, ApiRole.LEAD),
        ("/v1/proposals/{id}/comments", {"body": "Say it"}, ApiRole.REVIEWER),
    ],
)
async def test_no_call_stores_it(
    client: AsyncClient,
    keys: Keys,
    rows: Rows,
    hidden: str,
    path: str,
    body: dict[str, str],
    role: ApiRole,
) -> None:
    proposal = await rows.proposal()
    sent = {name: text.replace("Say it", f"Say{hidden} it") for name, text in body.items()}

    answer = await client.post(path.format(id=proposal.id), json=sent, headers=keys.header(role))

    assert answer.status_code < 300, answer.text
    stored = await _texts(rows)
    assert "Say it" in stored
    assert not set(hidden) & set(stored)


async def _texts(rows: Rows) -> str:
    async with rows.database.transaction(rows.workspace) as connection:
        cursor = await connection.execute(
            "SELECT coalesce(string_agg(t, ' '), '') AS said FROM ("
            "SELECT query AS t FROM outcomes UNION ALL SELECT query FROM golden_queries"
            " UNION ALL SELECT body FROM comments) texts"
        )
        row = await cursor.fetchone()
    assert row is not None
    return str(row["said"])


@HIDDEN_IN
async def test_no_form_stores_it(reviewer: Person, rows: Rows, hidden: str) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}")

    await reviewer.post(f"/proposals/{proposal.id}/comments/add", page, body=f"Say{hidden} it")

    stored = await _texts(rows)
    assert stored == "Say it"


def test_every_call_with_a_body_reads_it_by_the_reader_that_takes_it_out() -> None:
    """A body that FastAPI reads itself would keep what nobody sees."""
    listed = (route for router in ROUTERS for route in router.routes)
    routes = [route for route in listed if isinstance(route, APIRoute)]
    assert len(routes) > 40
    assert [route.path for route in routes if route.body_field is not None] == []
