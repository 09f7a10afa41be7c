"""What an administrator sets for the workspace."""

from httpx2 import AsyncClient

from domain.identity import ApiRole
from domain.workspace_settings import WorkspaceSettings
from store import audit
from store.database import Database
from tests.api.conftest import Keys

PATH = "/v1/workspace/settings"


async def test_what_nobody_has_set_is_the_default(client: AsyncClient, keys: Keys) -> None:
    answer = await client.get(PATH, headers=keys.header(ApiRole.AGENT))

    assert answer.json() == WorkspaceSettings().model_dump(mode="json")


async def test_only_what_is_named_is_changed(client: AsyncClient, keys: Keys) -> None:
    await client.patch(PATH, headers=keys.header(ApiRole.ADMIN), json={"replays_per_case": 5})

    answer = await client.patch(
        PATH, headers=keys.header(ApiRole.ADMIN), json={"wrong_answer_budget": 0.01}
    )

    expected = WorkspaceSettings(wrong_answer_budget=0.01, replays_per_case=5)
    assert answer.json() == expected.model_dump(mode="json")


async def test_a_value_out_of_bounds_is_refused_by_name(client: AsyncClient, keys: Keys) -> None:
    answer = await client.patch(
        PATH, headers=keys.header(ApiRole.ADMIN), json={"wrong_answer_budget": 0.9}
    )

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["wrong_answer_budget"]


async def test_who_set_what_is_audited(
    client: AsyncClient, keys: Keys, database: Database, workspace: str
) -> None:
    await client.patch(
        PATH, headers=keys.header(ApiRole.ADMIN), json={"quarantine": "failing_articles"}
    )

    async with database.reading(workspace) as connection:
        entries = await audit.list_audit(
            connection, workspace, subject=f"workspace/{workspace}", after=0, limit=10
        )
    assert [(e.action, e.details) for e in entries] == [
        ("settings_changed", {"quarantine": "failing_articles"})
    ]
