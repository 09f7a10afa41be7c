"""Coming in and going out: sessions that begin and end, each on record with who and how."""

from datetime import timedelta

from api.auth import idle_limit
from api.context import Context
from api.sessions import Session
from domain.people import SignInMethod
from store import audit, sessions, sign_in_links
from store.database import Connection
from store.keys import KeyHolder
from store.people import Claimed, Person, Refusal, admit, ensure_own_person, is_known_workspace
from store.sessions import EndedSession, LiveSession, NewSession


async def sign_in_with_key(context: Context, holder: KeyHolder) -> Session:
    """Return a new session of whom a key stands for."""
    workspace = holder.principal.workspace
    new = NewSession(method=SignInMethod.API_KEY, lifetime=_lifetime(context), key_id=holder.key_id)
    async with context.database.transaction(workspace) as connection:
        return await _begin(
            connection, workspace, new, holder.principal.name, f"key/{holder.key_id}"
        )


async def sign_in_with_link(context: Context, token: str) -> Session | None:
    """Use a link up; return a session of its person, or None if it works no more."""
    workspace = sign_in_links.workspace_of(token)
    if workspace is None:
        return None
    async with context.database.transaction(workspace) as connection:
        holder = await sign_in_links.use_link(connection, workspace, token)
        if holder is None:
            return None
        person = await ensure_own_person(connection, workspace, holder.name, holder.role)
        if person is None:
            return None
        return await _begin_for(context, connection, workspace, person, SignInMethod.LINK)


async def sign_in_with_claims(
    context: Context, workspace: str | None, claimed: Claimed, id_token: str
) -> Session | Refusal:
    """Return a session of whom a provider vouches for, or why there is none."""
    if workspace is None:
        return Refusal.NO_ROLE
    async with context.database.transaction(workspace) as connection:
        if not await is_known_workspace(connection, workspace):
            return Refusal.NO_ROLE
        person = await admit(connection, workspace, claimed)
        if isinstance(person, Refusal):
            return person
        return await _begin_for(context, connection, workspace, person, SignInMethod.OIDC, id_token)


async def _begin_for(
    context: Context,
    connection: Connection,
    workspace: str,
    person: Person,
    method: SignInMethod,
    id_token: str | None = None,
) -> Session:
    new = NewSession(
        method=method, lifetime=_lifetime(context), person_id=person.id, id_token=id_token
    )
    return await _begin(connection, workspace, new, person.name, f"person/{person.id}")


async def _begin(
    connection: Connection, workspace: str, new: NewSession, name: str, subject: str
) -> Session:
    session_id = await sessions.insert_session(connection, workspace, new)
    await audit.record(
        connection,
        workspace,
        actor=name,
        action="signed_in",
        subject=subject,
        details={"method": new.method.value},
    )
    return Session(workspace=workspace, id=session_id)


async def sign_out(context: Context, live: LiveSession) -> EndedSession | None:
    """End a session; None if it had ended already."""
    async with context.database.transaction(live.workspace) as connection:
        ended = await sessions.end_session(connection, live.workspace, live.id)
        if ended is not None:
            await _record_end(connection, live, "signed_out")
    return ended


async def sign_out_everywhere(context: Context, live: LiveSession) -> int:
    """End all sessions of a session's person; return how many."""
    async with context.database.transaction(live.workspace) as connection:
        found = await sessions.list_sessions(
            connection, live.workspace, live.name, idle_limit(context)
        )
        for session in found:
            await sessions.end_session(connection, session.workspace, session.id)
        await _record_end(connection, live, "signed_out_everywhere")
    return len(found)


async def _record_end(connection: Connection, live: LiveSession, action: str) -> None:
    await audit.record(
        connection, live.workspace, actor=live.name, action=action, subject=live.subject
    )


def _lifetime(context: Context) -> timedelta:
    return timedelta(hours=context.settings.session_hours)
