"""`learning-loop keys`: straight in the database."""

import re

import pytest

from domain.identity import ApiRole, person_key
from store.database import Database
from store.keys import find_principal, list_keys
from store.people import Claimed, admit
from tests.client.conftest import RunCli


@pytest.fixture(autouse=True)
def own_database(home: object, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds the tests' database."""
    monkeypatch.setenv("DATABASE_URL", database_url)


async def test_a_created_key_is_printed_once_works_and_can_be_revoked(
    run: RunCli, workspace: str, database: Database
) -> None:
    there = ("--workspace", workspace)
    created = await run("keys", "create", "dana", "--role", "lead", *there)
    listed = await run("keys", "list", *there)

    raw = re.search(r"ll_lead_\S+", created.output)
    assert raw is not None
    assert raw[0] not in listed.output
    assert "dana" in listed.output
    async with database.transaction(workspace) as connection:
        principal = await find_principal(connection, raw[0])
    assert principal is not None
    assert (principal.name, principal.role) == ("dana", ApiRole.LEAD)

    key_id = re.search(r"Key (\S+) of dana", created.output)
    assert key_id is not None
    revoked = await run("keys", "revoke", key_id[1], *there)
    assert revoked.exit_code == 0
    async with database.transaction(workspace) as connection:
        assert await find_principal(connection, raw[0]) is None


async def test_an_unknown_key_cannot_be_revoked(run: RunCli, workspace: str) -> None:
    unknown = "0195e2a8-2f2c-7c55-b0a2-0d8b1f0a7f11"

    result = await run("keys", "revoke", unknown, "--workspace", workspace)

    assert result.exit_code == 1
    assert "learning-loop keys list" in result.output


async def test_a_database_that_is_away_is_told(
    run: RunCli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.database._CONNECTION_SECONDS", 0.1)
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody:secret@127.0.0.1:9/none")

    result = await run("keys", "list", "--workspace", "w")

    assert result.exit_code == 4
    assert "cannot be reached" in result.output
    assert "secret" not in result.output


async def test_a_key_cannot_take_the_name_of_somebody_of_the_organisation(
    run: RunCli, workspace: str, database: Database
) -> None:
    async with database.transaction(workspace) as connection:
        claimed = Claimed(issuer="https://idp.test", subject="1", name="Dana", role=ApiRole.LEAD)
        await admit(connection, workspace, claimed)

    refused = await run("keys", "create", " dana", "--role", "lead", "--workspace", workspace)

    assert refused.exit_code == 1
    assert "signs in through your organisation" in refused.output
    assert "ll_lead_" not in refused.output
    async with database.transaction(workspace) as connection:
        listed = await list_keys(connection, workspace)
    assert "dana" not in {person_key(key.principal) for key in listed}
