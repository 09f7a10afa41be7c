from uuid import uuid4

from httpx2 import AsyncClient

from api.outbox_entries import enqueue_erasure
from domain.conversation import Submission
from domain.identity import ApiRole
from store import audit, erasures, outbox
from store.database import INSTALLATION, Database
from tests.api.conftest import Keys
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows
from tests.domain.builders import posted

URL = "/v1/erasures"
REF = "c-7719-okafor"
BODY = {"customer_ref": REF, "reason": "They asked for it."}


async def test_an_erasure_is_kept_and_told_to_temporal_by_its_id_alone(
    client: AsyncClient, keys: Keys, delivery: RecordingDelivery, database: Database
) -> None:
    answer = await client.post(URL, headers=keys.header(ApiRole.ADMIN), json=BODY)

    assert answer.status_code == 202
    accepted = answer.json()
    assert accepted["workflow_id"] == f"erase/{keys.workspace}/{accepted['erasure_id']}"
    assert accepted["status"] == "requested"
    assert [(w, str(found)) for w, found in delivery.erased] == [
        (keys.workspace, accepted["erasure_id"])
    ]
    assert REF not in answer.text
    async with database.transaction(INSTALLATION) as connection:
        waiting = await outbox.count_undelivered(connection)
    assert waiting["erase"] >= 1


async def test_who_asked_is_audited_and_not_for_whom(
    client: AsyncClient, keys: Keys, database: Database
) -> None:
    answer = await client.post(URL, headers=keys.header(ApiRole.ADMIN), json=BODY)

    subject = f"erasure/{answer.json()['erasure_id']}"
    async with database.transaction(keys.workspace) as connection:
        [entry] = await audit.list_audit(connection, keys.workspace, subject=subject)
    assert (entry.actor, entry.action) == ("admin", "erasure_requested")
    assert entry.details.keys() == {"customer_hash"}


async def test_how_far_it_is_can_be_read(client: AsyncClient, keys: Keys) -> None:
    header = keys.header(ApiRole.ADMIN)
    erasure_id = (await client.post(URL, headers=header, json=BODY)).json()["erasure_id"]

    found = (await client.get(f"{URL}/{erasure_id}", headers=header)).json()

    assert (found["id"], found["status"], found["counts"]) == (erasure_id, "requested", {})
    assert (found["requested_by"], found["customer_ref"]) == ("admin", REF)


async def test_an_unknown_one_is_not_found(client: AsyncClient, keys: Keys) -> None:
    answer = await client.get(f"{URL}/{uuid4()}", headers=keys.header(ApiRole.ADMIN))

    assert answer.status_code == 404


async def test_a_request_that_names_nobody_is_refused(client: AsyncClient, keys: Keys) -> None:
    header = keys.header(ApiRole.ADMIN)

    for body in ({}, {"customer_ref": " "}, {"customer_ref": REF, "everything": True}):
        assert (await client.post(URL, headers=header, json=body)).status_code == 422


async def test_an_erased_intervention_that_is_posted_again_is_known(
    client: AsyncClient, keys: Keys, database: Database, rows: Rows, delivery: RecordingDelivery
) -> None:
    body = posted(external_id=uuid4().hex, customer_ref=REF)
    intervention_id = await rows.intervention(Submission.model_validate(body))
    async with database.transaction(keys.workspace) as connection:
        erasure = (await client.post(URL, headers=keys.header(ApiRole.ADMIN), json=BODY)).json()
        found = await erasures.get_erasure(connection, keys.workspace, erasure["erasure_id"])
        await erasures.fence(connection, keys.workspace, found)

    answer = await client.post(
        "/v1/interventions", headers=keys.header(ApiRole.INTEGRATION), json={**body, "query": "No?"}
    )

    assert answer.status_code == 200
    assert answer.json()["intervention_id"] == str(intervention_id)
    assert delivery.started == []


async def test_what_is_noted_for_temporal_holds_the_id_alone(
    database: Database, workspace: str
) -> None:
    erasure_id = uuid4()
    async with database.transaction(workspace) as connection:
        await enqueue_erasure(connection, workspace, erasure_id)
        cursor = await connection.execute(
            "SELECT payload FROM outbox WHERE dedupe_key = %s", (str(erasure_id),)
        )
        row = await cursor.fetchone()
    assert row is not None
    assert row["payload"] == {"erasure_id": str(erasure_id)}
