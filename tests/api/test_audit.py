"""`/v1/audit`: the audit's entries, and the head of its chain."""

from httpx2 import AsyncClient

from domain.audit_chain import GENESIS, KeptHead
from domain.identity import ApiRole
from tests.api.conftest import Keys
from tests.api.rows import Rows
from tests.store.tampering import tamper, verdict_on, write_entries


async def test_entries_are_paged_in_order(client: AsyncClient, keys: Keys, rows: Rows) -> None:
    await write_entries(rows, 5)
    headers = keys.header(ApiRole.ADMIN)
    seen: list[tuple[int, str]] = []
    path = "/v1/audit?limit=2"
    for size in (2, 2, 1):
        page = (await client.get(path, headers=headers)).json()
        assert len(page["items"]) == size
        seen += [(entry["position"], entry["action"]) for entry in page["items"]]
        path = f"/v1/audit?limit=2&cursor={page['next_cursor']}"
    assert page["next_cursor"] is None
    assert seen == [(n + 1, f"action {n}") for n in range(5)]


async def test_entries_of_one_subject(client: AsyncClient, keys: Keys, rows: Rows) -> None:
    await write_entries(rows, 3)
    answer = await client.get("/v1/audit?subject=proposal/1", headers=keys.header(ApiRole.ADMIN))
    assert [entry["position"] for entry in answer.json()["items"]] == [2]


async def test_a_foreign_cursor_is_refused(client: AsyncClient, keys: Keys) -> None:
    answer = await client.get("/v1/audit?cursor=x", headers=keys.header(ApiRole.ADMIN))
    assert answer.status_code == 422


async def test_the_head_can_be_kept_and_held_against_the_chain(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    await write_entries(rows, 2)
    answer = await client.get("/v1/audit/head", headers=keys.header(ApiRole.ADMIN))
    head = KeptHead.model_validate(answer.json())
    assert (head.workspace, head.position) == (rows.workspace, 2)
    await write_entries(rows, 1)
    assert (await verdict_on(rows.database, rows.workspace, (head,))).holds


async def test_an_empty_audit_has_a_head_too(client: AsyncClient, keys: Keys) -> None:
    answer = await client.get("/v1/audit/head", headers=keys.header(ApiRole.ADMIN))
    assert (answer.json()["position"], answer.json()["hash"]) == (0, GENESIS.hex())


async def test_a_head_that_was_tampered_with_is_a_conflict(
    client: AsyncClient, keys: Keys, rows: Rows, database_url: str
) -> None:
    await write_entries(rows, 1)
    await tamper(
        database_url,
        rows.workspace,
        "UPDATE audit_heads SET hash = '' WHERE workspace = %(workspace)s",
    )
    answer = await client.get("/v1/audit/head", headers=keys.header(ApiRole.ADMIN))
    assert answer.status_code == 409
