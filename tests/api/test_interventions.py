"""Intake and reading of interventions."""

from uuid import UUID

from httpx2 import AsyncClient

from domain.identity import ApiRole
from store import audit, outbox
from store.database import Database, fetch_all
from tests.api.conftest import Keys
from tests.api.fakes import RecordingDelivery
from tests.domain.builders import posted

URL = "/v1/interventions"


async def test_a_new_intervention_is_accepted_and_its_workflow_started(
    client: AsyncClient, keys: Keys, delivery: RecordingDelivery
) -> None:
    answer = await client.post(URL, json=posted(), headers=keys.header(ApiRole.INTEGRATION))

    assert answer.status_code == 202
    body = answer.json()
    assert body["status"] == "received"
    assert body["workflow_id"] == f"intervention/{keys.workspace}/{body['intervention_id']}"
    assert delivery.started == [(keys.workspace, UUID(body["intervention_id"]))]


async def test_the_same_body_again_changes_nothing(
    client: AsyncClient, keys: Keys, delivery: RecordingDelivery
) -> None:
    header = keys.header(ApiRole.INTEGRATION)
    first = await client.post(URL, json=posted(), headers=header)
    again = await client.post(URL, json=posted(), headers=header)

    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json() == first.json()
    assert len(delivery.started) == 1


async def test_the_same_name_with_another_body_is_a_conflict(
    client: AsyncClient, keys: Keys
) -> None:
    header = keys.header(ApiRole.INTEGRATION)
    await client.post(URL, json=posted(), headers=header)

    answer = await client.post(URL, json=posted(language="de"), headers=header)

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:learning-loop:problem:intervention_conflict"


async def test_fact_audit_and_outbox_are_written_together(
    client: AsyncClient, keys: Keys, database: Database
) -> None:
    answer = await client.post(URL, json=posted(), headers=keys.header(ApiRole.INTEGRATION))

    found = answer.json()["intervention_id"]
    async with database.transaction() as connection:
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
