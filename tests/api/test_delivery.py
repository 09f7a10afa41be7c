"""What the delivery's loop does by itself, without Temporal."""

from datetime import timedelta
from uuid import UUID

import psycopg
from temporalio.client import Client

from api.delivery import Delivery
from domain.identity import ApiRole
from domain.imports import KnowledgeEntry
from domain.people import SignInMethod
from store import imports
from store.database import Database
from store.people import Claimed, Person, admit
from store.sessions import NewSession, insert_session
from tests.api.rows import adding


async def away() -> Client:
    """Stand for a Temporal that cannot be reached."""
    raise RuntimeError("Temporal is away")


async def staged(database: Database, database_url: str, workspace: str, ago: timedelta) -> UUID:
    """Return an import that began so long ago, and that nobody has carried out."""
    change = adding("One.")
    entry = KnowledgeEntry(kind=change.kind, content=change.content)
    async with database.transaction(workspace) as connection:
        import_id = await imports.stage_import(connection, workspace, by="ada", entries=[entry])
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        await owner.execute(
            "UPDATE imports SET created_at = now() - %s::interval WHERE id = %s", (ago, import_id)
        )
    return import_id


async def test_an_import_that_nobody_carried_out_is_ended_and_keeps_no_text(
    database: Database, database_url: str, workspace: str
) -> None:
    old = await staged(database, database_url, workspace, timedelta(minutes=31))
    new = await staged(database, database_url, workspace, timedelta(minutes=29))

    await Delivery(database, away).restore()

    async with database.transaction(workspace) as connection:
        [pending] = await imports.list_pending(connection, workspace)
        [ended] = await imports.list_import(connection, workspace, old)
    assert pending.import_id == new
    assert (ended.entry, ended.outcome) == (None, None)


async def test_the_tokens_of_expired_sessions_are_forgotten(
    database: Database, workspace: str
) -> None:
    claimed = Claimed(issuer="https://idp.test", subject="1", name="Dana", role=ApiRole.LEAD)
    async with database.transaction(workspace) as connection:
        person = await admit(connection, workspace, claimed)
        assert isinstance(person, Person)
        over = NewSession(
            method=SignInMethod.OIDC,
            lifetime=timedelta(seconds=-1),
            person_id=person.id,
            id_token="theirs",
        )
        await insert_session(connection, workspace, over)

    await Delivery(database, away).restore()

    async with database.transaction(workspace) as connection:
        cursor = await connection.execute(
            "SELECT id_token FROM sessions WHERE workspace = %s", [workspace]
        )
        assert await cursor.fetchall() == [{"id_token": None}]
