"""`learning-loop people`: straight in the database."""

import pytest

from domain.identity import ApiRole
from store import audit
from store.database import Database
from store.people import Claimed, admit, list_people
from tests.client.conftest import RunCli


@pytest.fixture(autouse=True)
def own_database(home: object, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds the tests' database."""
    monkeypatch.setenv("DATABASE_URL", database_url)


async def test_who_has_left_is_taken_out_on_record(
    run: RunCli, workspace: str, database: Database
) -> None:
    async with database.transaction(workspace) as connection:
        claimed = Claimed(issuer="https://idp.test", subject="1", name="Dana", role=ApiRole.LEAD)
        await admit(connection, workspace, claimed)

    removed = await run("people", "remove", "dana", "--workspace", workspace)

    assert removed.exit_code == 0
    assert f"Dana is out of workspace {workspace}" in removed.output
    async with database.transaction(workspace) as connection:
        assert "Dana" not in {one.name for one in await list_people(connection, workspace)}
        [entry] = await audit.list_audit(connection, workspace)
    assert (entry.action, entry.actor) == ("person_removed", "command line")


async def test_nobody_of_that_name_is_told(run: RunCli, workspace: str) -> None:
    result = await run("people", "remove", "Nobody", "--workspace", workspace)

    assert result.exit_code == 1
    assert "Nobody is called 'Nobody'" in result.output
