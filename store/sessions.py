"""Who is signed in, and for how long. A session names a person or a key, and holds no right."""

from datetime import timedelta
from uuid import UUID

from pydantic import AwareDatetime

from domain.base import Line, Model, Slug
from domain.identity import ApiRole, Principal, same_person
from domain.people import SignInMethod
from store.database import Connection, Database, execute, fetch_all, fetch_one
from store.embeddings import list_workspaces
from store.queries import query

IDLE_STEP = timedelta(minutes=1)
"""How exactly it is known when a session was last used: a write for each request would be dear."""


class NewSession(Model):
    """A session that begins: of a person or, by its key, of a principal."""

    method: SignInMethod
    lifetime: timedelta
    person_id: UUID | None = None
    key_id: UUID | None = None
    id_token: str | None = None


class LiveSession(Model):
    """A session that has not ended, and whom it stands for now."""

    id: UUID
    workspace: Slug
    person_id: UUID | None
    key_id: UUID | None
    method: SignInMethod
    name: Line
    role: ApiRole
    groups: tuple[str, ...]
    email: str | None
    created_at: AwareDatetime
    seen_at: AwareDatetime
    expires_at: AwareDatetime

    @property
    def principal(self) -> Principal:
        """Who calls."""
        return Principal(workspace=self.workspace, name=self.name, role=self.role)

    @property
    def subject(self) -> str:
        """What the audit calls them by: their row or their key."""
        return f"person/{self.person_id}" if self.person_id else f"key/{self.key_id}"


async def insert_session(connection: Connection, workspace: str, new: NewSession) -> UUID:
    """Store a session and forget what is old of others; return its id, which is random."""
    await _forget_old(connection, workspace)
    row = await fetch_one(
        connection, query("insert_session"), {"workspace": workspace, **new.model_dump()}
    )
    if row is None:
        raise RuntimeError("an insertion returned no row")
    return row["id"]


async def forget_old(database: Database) -> None:
    """Drop the providers' tokens of sessions that have expired, and sessions of a month ago."""
    for workspace in await list_workspaces(database):
        async with database.transaction(workspace) as connection:
            await _forget_old(connection, workspace)


async def _forget_old(connection: Connection, workspace: str) -> None:
    named = {"workspace": workspace}
    await execute(connection, query("forget_expired_id_tokens"), named)
    await execute(connection, query("forget_old_sessions"), named)


async def find_session(
    connection: Connection, workspace: str, session_id: UUID, idle: timedelta
) -> LiveSession | None:
    """Return a session that goes on; None if it ended, expired or was not used for `idle`.

    None too once its key is revoked or its person has no role.
    """
    row = await fetch_one(
        connection,
        query("find_session"),
        {"workspace": workspace, "id": session_id, "idle": idle},
    )
    return None if row is None else LiveSession.model_validate(row)


async def touch_session(connection: Connection, session: LiveSession) -> None:
    """Note that a session is in use now."""
    named = {"workspace": session.workspace, "id": session.id, "person_id": session.person_id}
    await execute(connection, query("touch_session"), named)
    await execute(connection, query("touch_person"), named)


async def list_sessions(
    connection: Connection, workspace: str, name: str, idle: timedelta
) -> list[LiveSession]:
    """Return the sessions of one person that go on, the one used last first."""
    rows = await fetch_all(
        connection, query("list_sessions"), {"workspace": workspace, "idle": idle}
    )
    found = [LiveSession.model_validate(row) for row in rows]
    return [session for session in found if same_person(session.name, name)]


class EndedSession(Model):
    """A session that has just ended, and what its provider wants to see again."""

    id_token: str | None


async def end_session(
    connection: Connection, workspace: str, session_id: UUID
) -> EndedSession | None:
    """End a session; None if it had ended already."""
    named = {"workspace": workspace, "id": session_id}
    row = await fetch_one(connection, query("end_session"), named)
    return None if row is None else EndedSession.model_validate(row)


async def end_sessions_of_person(connection: Connection, workspace: str, person_id: UUID) -> int:
    """End all sessions of a person; return how many."""
    named = {"workspace": workspace, "person_id": person_id}
    return await execute(connection, query("end_sessions_of_person"), named)
