"""What reviewers confirm to be nobody's personal data."""

import asyncio

import psycopg
import pytest

from api.problems import ProblemError
from api.services.edits import keep_public_texts
from domain.workspace_settings import MAX_PUBLIC_TEXTS
from store import workspaces
from store.database import Database
from tests.api.rows import adding


async def keep(database: Database, workspace: str, *texts: str) -> list[str]:
    """Confirm that addresses in a change are nobody's."""
    change = adding(f"Write to {' or '.join(texts)}.")
    async with database.transaction(workspace) as connection:
        return await keep_public_texts(connection, workspace, change, texts)


async def public(database: Database, workspace: str) -> tuple[str, ...]:
    """Return what the workspace has as public."""
    async with database.transaction(workspace) as connection:
        return (await workspaces.read_settings(connection, workspace)).public_texts


async def test_what_people_confirm_at_once_is_all_kept(database: Database, workspace: str) -> None:
    texts = [f"{name}@company.example" for name in ("hello", "office", "shop", "press")]
    await asyncio.gather(*(keep(database, workspace, text) for text in texts))
    assert sorted(await public(database, workspace)) == sorted(texts)


async def test_whoever_adds_waits_for_whoever_changes_the_settings(
    database: Database, impatient: Database, workspace: str
) -> None:
    async with database.transaction(workspace) as connection:
        await workspaces.lock_settings(connection, workspace)
        async with impatient.transaction(workspace) as other:
            with pytest.raises(psycopg.errors.LockNotAvailable):
                await keep_public_texts(other, workspace, adding(), ["hello@company.example"])


async def test_an_approval_that_confirms_nothing_waits_for_nobody(
    database: Database, impatient: Database, workspace: str
) -> None:
    async with database.transaction(workspace) as connection:
        await workspaces.lock_settings(connection, workspace)
        assert await keep(impatient, workspace) == []


async def test_more_than_a_workspace_can_keep_is_refused(
    database: Database, workspace: str
) -> None:
    full = [f"office {number}" for number in range(MAX_PUBLIC_TEXTS)]
    async with database.transaction(workspace) as connection:
        await workspaces.change_settings(connection, workspace, {"public_texts": [*full]})
    with pytest.raises(ProblemError) as raised:
        await keep(database, workspace, "hello@company.example")
    assert (raised.value.status, raised.value.errors[0].field) == (422, "not_personal")
    assert len(await public(database, workspace)) == MAX_PUBLIC_TEXTS
