"""Sessions keep a provider's token no longer than it is of use."""

from datetime import timedelta
from uuid import UUID

from domain.identity import ApiRole
from domain.people import SignInMethod
from store import sessions
from store.database import Connection, Database, execute, fetch_one
from store.people import Claimed, Person, admit
from store.sessions import NewSession, insert_session

DANA = Claimed(issuer="https://idp.test", subject="1", name="Dana", role=ApiRole.LEAD)


async def signed_in(connection: Connection, workspace: str, lasts: timedelta) -> UUID:
    person = await admit(connection, workspace, DANA)
    assert isinstance(person, Person)
    new = NewSession(
        method=SignInMethod.OIDC, lifetime=lasts, person_id=person.id, id_token="theirs"
    )
    return await insert_session(connection, workspace, new)


async def token_of(connection: Connection, session_id: UUID) -> str | None:
    row = await fetch_one(
        connection, "SELECT id_token FROM sessions WHERE id = %(id)s", {"id": session_id}
    )
    assert row is not None
    return row["id_token"]


async def test_an_expired_session_keeps_no_token(database: Database, workspace: str) -> None:
    async with database.transaction(workspace) as connection:
        old = await signed_in(connection, workspace, timedelta(hours=1))
        new = await signed_in(connection, workspace, timedelta(hours=1))
        await execute(
            connection,
            "UPDATE sessions SET expires_at = now() - interval '1 minute' WHERE id = %(id)s",
            {"id": old},
        )

    await sessions.forget_old(database)

    async with database.transaction(workspace) as connection:
        assert await token_of(connection, old) is None
        assert await token_of(connection, new) == "theirs"


async def test_the_next_sign_in_forgets_them_too(database: Database, workspace: str) -> None:
    async with database.transaction(workspace) as connection:
        old = await signed_in(connection, workspace, timedelta(seconds=-1))
        await signed_in(connection, workspace, timedelta(hours=1))
        assert await token_of(connection, old) is None
