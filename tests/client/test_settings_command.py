"""`learning-loop settings`, against the real API."""

import pytest

from client.errors import ConfigurationError
from client.settings_command import read_assignments
from domain.identity import ApiRole
from store import workspaces
from store.database import Database
from tests.client.conftest import RunCli


async def test_they_are_shown_with_what_they_are(run: RunCli) -> None:
    result = await run("settings")
    assert result.exit_code == 0, result.output
    assert "wrong_answer_budget" in result.output
    assert "0.02" in result.output
    assert "Tokens of language models" in result.output


async def test_an_administrator_changes_them(
    run: RunCli, database: Database, workspace: str
) -> None:
    values = ("daily_tokens=5000", "quarantine=failing_articles", 'public_texts=["Acme Road 1"]')
    result = await run("settings", *values, role=ApiRole.ADMIN)
    assert result.exit_code == 0, result.output
    async with database.transaction(workspace) as connection:
        now = await workspaces.read_settings(connection, workspace)
    assert (now.daily_tokens, now.quarantine, now.public_texts) == (
        5_000,
        "failing_articles",
        ("Acme Road 1",),
    )
    assert (await run("settings", "daily_tokens=none", role=ApiRole.ADMIN)).exit_code == 0
    async with database.transaction(workspace) as connection:
        assert (await workspaces.read_settings(connection, workspace)).daily_tokens is None


async def test_what_the_api_refuses_is_told(run: RunCli) -> None:
    too_much = await run("settings", "wrong_answer_budget=0.9", role=ApiRole.ADMIN)
    assert too_much.exit_code == 1
    assert "wrong_answer_budget: must be 0.5 or less" in too_much.output
    assert (await run("settings", "daily_tokens=1", role=ApiRole.LEAD)).exit_code == 1


async def test_an_unknown_name_is_wrong_use(run: RunCli) -> None:
    result = await run("settings", "budget=1", role=ApiRole.ADMIN)
    assert result.exit_code == 2
    assert "the names are wrong_answer_budget, " in result.output


def test_values_are_json_or_words() -> None:
    assert read_assignments(["quarantine= off", "replays_per_case=2", "daily_tokens=None"]) == {
        "quarantine": "off",
        "replays_per_case": 2,
        "daily_tokens": None,
    }


@pytest.mark.parametrize("assignment", ["daily_tokens", "=1", ""])
def test_what_sets_nothing_is_refused(assignment: str) -> None:
    with pytest.raises(ConfigurationError):
        read_assignments([assignment])
