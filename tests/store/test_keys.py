from uuid import UUID, uuid4

import pytest

from domain.errors import NotFoundError
from domain.identity import ApiRole, Principal
from store import keys
from store.bootstrap import ensure_workspace_and_keys
from store.database import Database
from tests.api.rows import Rows


async def create(database: Database, workspace: str, name: str = "dana") -> tuple[UUID, str]:
    async with database.transaction(workspace) as connection:
        record, raw = await keys.create_key(
            connection, workspace, principal=name, role=ApiRole.REVIEWER
        )
    return record.id, raw


async def test_a_key_stands_for_its_person(database: Database, workspace: str) -> None:
    key_id, raw = await create(database, workspace)
    dana = Principal(workspace=workspace, name="dana", role=ApiRole.REVIEWER)
    holder = keys.KeyHolder(key_id=key_id, principal=dana)
    async with database.transaction(workspace) as connection:
        assert await keys.find_principal(connection, raw) == dana
        assert await keys.find_holder(connection, raw) == holder
        assert await keys.find_holder_by_id(connection, key_id) == holder


async def test_a_revoked_key_stands_for_nobody(database: Database, workspace: str) -> None:
    key_id, raw = await create(database, workspace)
    async with database.transaction(workspace) as connection:
        await keys.revoke_key(connection, workspace, key_id)
        assert await keys.find_principal(connection, raw) is None
        assert await keys.find_holder(connection, raw) is None
        assert await keys.find_holder_by_id(connection, key_id) is None


async def test_a_second_revocation_keeps_the_first_moment(
    database: Database, workspace: str
) -> None:
    key_id, _ = await create(database, workspace)
    moments: list[object] = []
    for _ in range(2):
        async with database.transaction(workspace) as connection:
            await keys.revoke_key(connection, workspace, key_id)
            moments.append((await keys.list_keys(connection, workspace))[0].revoked_at)
    assert moments[0] is not None
    assert moments[0] == moments[1]


@pytest.mark.parametrize("raw", ["", "ll_admin_guess", "x" * 10_000])
async def test_an_unknown_key_stands_for_nobody(
    database: Database, raw: str, workspace: str
) -> None:
    async with database.transaction(workspace) as connection:
        assert await keys.find_principal(connection, raw) is None


async def test_a_key_of_another_workspace_cannot_be_revoked(
    database: Database, rows: Rows, elsewhere: Rows, workspace: str
) -> None:
    key_id, _ = await create(database, rows.workspace)
    async with database.transaction(workspace) as connection:
        with pytest.raises(NotFoundError):
            await keys.revoke_key(connection, elsewhere.workspace, key_id)
        with pytest.raises(NotFoundError):
            await keys.revoke_key(connection, rows.workspace, uuid4())
        assert await keys.list_keys(connection, elsewhere.workspace) == []


async def test_no_row_holds_the_key_itself(database: Database, workspace: str) -> None:
    _, raw = await create(database, workspace)
    async with database.transaction(workspace) as connection:
        cursor = await connection.execute(
            "SELECT * FROM api_keys WHERE workspace = %s", [workspace]
        )
        text = str(await cursor.fetchall())
    assert raw not in text
    assert raw.rpartition("_")[2] not in text


async def test_new_keys_are_never_the_same_and_tell_their_role() -> None:
    made = {keys.new_key(ApiRole.LEAD) for _ in range(100)}
    assert len(made) == 100
    assert all(key.startswith("ll_lead_") for key in made)


async def test_the_first_keys_are_made_once(
    database: Database, database_url: str, workspace: str
) -> None:
    raw = {role.value: keys.new_key(role) for role in ApiRole}
    for _ in range(2):
        await ensure_workspace_and_keys(database_url, workspace, raw)
    async with database.transaction(workspace) as connection:
        assert len(await keys.list_keys(connection, workspace)) == len(ApiRole)
        admin = await keys.find_principal(connection, raw["admin"])
    assert admin == Principal(workspace=workspace, name="admin", role=ApiRole.ADMIN)
