"""`learning-loop sign-in-link`: straight in the database."""

import re

import pytest

from domain.identity import ApiRole
from store import audit
from store.database import Database
from store.people import Claimed, admit
from store.sign_in_links import LinkHolder, use_link
from tests.client.conftest import RunCli


@pytest.fixture(autouse=True)
def own_database(home: object, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command finds the tests' database."""
    monkeypatch.setenv("DATABASE_URL", database_url)


async def test_a_link_is_printed_and_works_once(
    run: RunCli, workspace: str, database: Database
) -> None:
    there = ("--workspace", workspace, "--url", "https://loop.test/")
    made = await run("sign-in-link", "--role", "lead", *there)

    found = re.search(r"https://loop\.test/login/link/(\S+)", made.output)
    assert found, made.output
    async with database.transaction(workspace) as connection:
        holder = await use_link(connection, workspace, found[1])
        assert holder == LinkHolder(name="lead", role=ApiRole.LEAD)
        assert await use_link(connection, workspace, found[1]) is None


async def test_a_link_is_on_record_without_what_it_holds(
    run: RunCli, workspace: str, database: Database
) -> None:
    made = await run("sign-in-link", "--name", "ada", "--workspace", workspace)

    async with database.transaction(workspace) as connection:
        [entry] = await audit.list_audit(connection, workspace)
    assert (entry.action, entry.details) == (
        "sign_in_link_made",
        {"name": "ada", "role": "reviewer"},
    )
    token = made.output.split("/login/link/")[1].strip()
    assert token not in entry.model_dump_json()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--role", "agent"), "is for programs"),
        (("--name", "system"), "Nobody may be called"),
        (("--name", " "), "one line"),
    ],
)
async def test_a_link_for_nobody_is_refused(
    run: RunCli, workspace: str, options: tuple[str, ...], said: str
) -> None:
    result = await run("sign-in-link", *options, "--workspace", workspace)

    assert result.exit_code == 1
    assert said in result.output


async def test_there_is_no_link_to_become_a_providers_person(
    run: RunCli, workspace: str, database: Database
) -> None:
    dana = Claimed(issuer="https://id.test", subject="1", name="Dana", role=ApiRole.LEAD)
    async with database.transaction(workspace) as connection:
        await admit(connection, workspace, dana)

    result = await run("sign-in-link", "--name", "dana", "--workspace", workspace)

    assert result.exit_code == 1
    assert "through your organisation" in result.output


async def test_a_workspace_that_there_is_not_is_told(run: RunCli) -> None:
    result = await run("sign-in-link", "--workspace", "nowhere-at-all")

    assert result.exit_code == 1
    assert "no workspace" in result.output
