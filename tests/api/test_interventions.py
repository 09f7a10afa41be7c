"""Intake and reading of interventions."""

from collections.abc import AsyncGenerator
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient

from api.body import MAX_BODY_BYTES
from domain.conversation import InterventionStatus
from domain.identity import ApiRole
from gateways.settings import Settings
from store import audit, outbox
from store.batch_readings import list_waiting
from store.database import Database, fetch_all
from store.interventions import get_intervention, set_intervention_status
from tests.api.conftest import Keys, make_keys
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows
from tests.domain.builders import posted

URL = "/v1/interventions"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def header(keys: Keys) -> dict[str, str]:
    """An integration's key."""
    return keys.header(ApiRole.INTEGRATION)


async def test_a_new_intervention_is_accepted_and_its_workflow_started(
    client: AsyncClient, keys: Keys, header: dict[str, str], delivery: RecordingDelivery
) -> None:
    answer = await client.post(URL, json=posted(), headers=header)

    assert answer.status_code == 202
    body = answer.json()
    assert body["status"] == "received"
    assert body["workflow_id"] == f"intervention/{keys.workspace}/{body['intervention_id']}"
    assert delivery.started == [(keys.workspace, UUID(body["intervention_id"]))]


async def test_the_same_body_again_changes_nothing(
    client: AsyncClient, header: dict[str, str], delivery: RecordingDelivery
) -> None:
    first = await client.post(URL, json=posted(), headers=header)
    again = await client.post(URL, json=posted(), headers=header)

    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == first.json()
    assert len(delivery.started) == 1


async def test_the_same_name_with_another_body_is_a_conflict(
    client: AsyncClient, header: dict[str, str]
) -> None:
    await client.post(URL, json=posted(), headers=header)

    answer = await client.post(URL, json=posted(language="de"), headers=header)

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:learning-loop:problem:intervention_conflict"


async def test_two_workspaces_may_use_the_same_name(
    client: AsyncClient, header: dict[str, str], database_url: str
) -> None:
    other = await make_keys(database_url, f"w-{uuid4().hex[:12]}")

    first = await client.post(URL, json=posted(), headers=header)
    second = await client.post(URL, json=posted(), headers=other.header(ApiRole.INTEGRATION))

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["intervention_id"] != second.json()["intervention_id"]


async def test_fact_audit_and_outbox_are_written_together(
    client: AsyncClient, keys: Keys, header: dict[str, str], database: Database, workspace: str
) -> None:
    answer = await client.post(URL, json=posted(), headers=header)

    found = answer.json()["intervention_id"]
    async with database.transaction(workspace) as connection:
        entries = await audit.list_audit(
            connection, keys.workspace, subject=f"intervention/{found}"
        )
        waiting = await fetch_all(
            connection,
            "SELECT topic, dedupe_key FROM outbox WHERE workspace = %(workspace)s",
            {"workspace": keys.workspace},
        )
    assert [entry.action for entry in entries] == ["intervention_received"]
    assert waiting == [{"topic": outbox.Topic.START.value, "dedupe_key": found}]


SECRET = "jane@example.com"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"source": None}, "source"),
        ({"source": 5}, "source"),
        ({"external_id": False}, "external_id"),
        ({"source": "a\x00b"}, "source"),
        ({"source": "  "}, "source"),
        ({"unheard_of": SECRET}, "unheard_of"),
        ({"conversation": []}, "conversation"),
        ({"conversation": [{"role": SECRET, "text": "x"}]}, "conversation[0].role"),
        ({"conversation": [{"role": "agent", "text": "Hello"}]}, "body"),
        ({"resolution": {}}, "resolution"),
        ({"resolution": SECRET}, "resolution"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"occurred_at": "2026-03-31T09:12:00"}, "occurred_at"),
        ({"occurred_at": 1774948320}, "occurred_at"),
        ({"language": "the english"}, "language"),
        ({"metadata": [SECRET]}, "metadata"),
        ({"agent": {"tools_available": "get_order"}}, "agent.tools_available"),
    ],
)
async def test_each_wrong_field_is_named_with_a_remedy_and_without_its_value(
    client: AsyncClient, header: dict[str, str], fields: dict[str, Any], field: str
) -> None:
    answer = await client.post(URL, json=posted(**fields), headers=header)

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert [error["field"] for error in problem["errors"]] == [field]
    assert all(error["message"] for error in problem["errors"])
    assert SECRET not in answer.text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"source": NaN}',
        b"[" * 100_000,
    ],
)
async def test_what_is_no_json_object_is_refused(
    client: AsyncClient, header: dict[str, str], raw: bytes
) -> None:
    answer = await client.post(URL, content=raw, headers={**header, **JSON})

    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_another_content_type_is_refused(client: AsyncClient, header: dict[str, str]) -> None:
    answer = await client.post(
        URL, content=b"source=a", headers={**header, "Content-Type": "text/plain"}
    )

    assert answer.status_code == 415


async def test_a_body_over_the_limit_is_refused_by_its_declared_size(
    client: AsyncClient, header: dict[str, str]
) -> None:
    raw = b" " * (MAX_BODY_BYTES + 1)

    answer = await client.post(URL, content=raw, headers={**header, **JSON})

    assert answer.status_code == 413
    assert answer.json()["type"] == "urn:learning-loop:problem:body_too_large"


async def test_a_body_over_the_limit_is_refused_when_its_size_is_not_declared(
    client: AsyncClient, header: dict[str, str]
) -> None:
    async def chunks() -> AsyncGenerator[bytes]:
        for _ in range(3):
            yield b" " * (MAX_BODY_BYTES // 2)

    answer = await client.post(URL, content=chunks(), headers={**header, **JSON})

    assert answer.status_code == 413


@pytest.mark.parametrize("hidden", ["\u200b", "\u202e", "\U000e0041", "\u00ad"])
async def test_invisible_characters_are_taken_out(
    client: AsyncClient,
    keys: Keys,
    header: dict[str, str],
    database: Database,
    hidden: str,
    workspace: str,
) -> None:
    turn = {"role": "customer", "text": f"Where is {hidden}my refund?"}

    answer = await client.post(URL, json=posted(conversation=[turn]), headers=header)

    async with database.transaction(workspace) as connection:
        found = await get_intervention(
            connection, keys.workspace, UUID(answer.json()["intervention_id"])
        )
    assert found.submission.conversation[0].text == "Where is my refund?"


async def test_a_text_of_nothing_visible_is_empty(
    client: AsyncClient, header: dict[str, str]
) -> None:
    answer = await client.post(URL, json=posted(source="\u200b\u200b"), headers=header)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "source"


async def test_accents_and_emoji_stay(
    client: AsyncClient, keys: Keys, header: dict[str, str], database: Database, workspace: str
) -> None:
    text = "Où est mon remboursement ? 👩\u200d🚀"

    answer = await client.post(
        URL, json=posted(conversation=[{"role": "customer", "text": text}]), headers=header
    )

    async with database.transaction(workspace) as connection:
        found = await get_intervention(
            connection, keys.workspace, UUID(answer.json()["intervention_id"])
        )
    assert found.submission.conversation[0].text == text


async def test_a_list_is_paged_newest_first(client: AsyncClient, keys: Keys, rows: Rows) -> None:
    ids = [str(await rows.intervention()) for _ in range(5)]
    header = keys.header()

    first = (await client.get(f"{URL}?limit=2", headers=header)).json()
    second = (
        await client.get(f"{URL}?limit=2&cursor={first['next_cursor']}", headers=header)
    ).json()
    third = (
        await client.get(f"{URL}?limit=2&cursor={second['next_cursor']}", headers=header)
    ).json()

    shown = [entry["id"] for page in (first, second, third) for entry in page["items"]]
    assert shown == ids[::-1]
    assert third["next_cursor"] is None


@pytest.mark.parametrize("query", ["status=lost", "limit=0", "limit=1000", "limit=x", "cursor=x"])
async def test_a_bad_filter_is_named(client: AsyncClient, keys: Keys, query: str) -> None:
    answer = await client.get(f"{URL}?{query}", headers=keys.header())

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == query.partition("=")[0]


async def test_an_empty_filter_is_none(client: AsyncClient, keys: Keys, rows: Rows) -> None:
    await rows.intervention()

    answer = await client.get(f"{URL}?status=", headers=keys.header())

    assert len(answer.json()["items"]) == 1


async def test_one_intervention_shows_analysis_and_proposals(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    proposal = await rows.proposal()

    answer = await client.get(f"{URL}/{proposal.intervention_id}", headers=keys.header())

    body = answer.json()
    assert body["status"] == "in_review"
    assert body["analysis"]["findings"][0]["gap"] == "missing_knowledge"
    assert [line["id"] for line in body["proposals"]] == [str(proposal.id)]
    assert body["workflow_url"].startswith("http://temporal.test/namespaces/default/workflows/")
    assert body["submission"]["conversation"]


async def test_an_integration_sees_no_transcript(
    client: AsyncClient, header: dict[str, str], rows: Rows
) -> None:
    proposal = await rows.proposal()

    answer = await client.get(f"{URL}/{proposal.intervention_id}", headers=header)

    assert answer.status_code == 200
    assert answer.json()["submission"] is None


async def test_another_workspaces_intervention_is_unknown(
    client: AsyncClient, rows: Rows, database_url: str
) -> None:
    other = await make_keys(database_url, f"w-{uuid4().hex[:12]}")
    hidden = await rows.intervention()

    one = await client.get(f"{URL}/{hidden}", headers=other.header(ApiRole.ADMIN))
    listed = await client.get(URL, headers=other.header(ApiRole.ADMIN))

    assert one.status_code == 404
    assert listed.json()["items"] == []


async def test_posting_a_failed_one_again_starts_it_again(
    client: AsyncClient, header: dict[str, str], delivery: RecordingDelivery, rows: Rows
) -> None:
    first = (await client.post(URL, json=posted(), headers=header)).json()
    intervention_id = UUID(first["intervention_id"])
    async with rows.database.transaction(rows.workspace) as connection:
        await set_intervention_status(
            connection, rows.workspace, intervention_id, InterventionStatus.FAILED
        )

    again = await client.post(URL, json=posted(), headers=header)

    assert (again.status_code, again.json()["status"]) == (200, "received")
    assert delivery.started == [(rows.workspace, intervention_id)] * 2


async def test_without_a_language_model_a_batch_is_read_at_once(
    client: AsyncClient, keys: Keys, delivery: RecordingDelivery
) -> None:
    answer = await client.post(
        "/v1/interventions?analysis=batch", json=posted(), headers=keys.header(ApiRole.INTEGRATION)
    )
    assert answer.status_code == 202
    assert [id_ for _, id_ in delivery.started] == [UUID(answer.json()["intervention_id"])]
    assert delivery.batched == []


async def test_with_one_it_waits_for_company(
    client: AsyncClient,
    keys: Keys,
    delivery: RecordingDelivery,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def reads_in_batches(_: Settings) -> bool:
        return True

    monkeypatch.setattr(Settings, "reads_in_batches", reads_in_batches)
    header = keys.header(ApiRole.INTEGRATION)
    body = posted()
    first = await client.post("/v1/interventions?analysis=batch", json=body, headers=header)
    again = await client.post("/v1/interventions?analysis=batch", json=body, headers=header)
    assert (first.status_code, again.status_code) == (202, 200)
    assert first.json()["status"] == "received"
    assert (delivery.started, delivery.batched) == ([], [keys.workspace])
    async with database.transaction(keys.workspace) as connection:
        waiting = await list_waiting(connection, keys.workspace, limit=10)
    assert waiting == [UUID(first.json()["intervention_id"])]
