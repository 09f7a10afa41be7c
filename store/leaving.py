"""Takes somebody out who has left: their role, every way in, and every way to be told."""

from domain.base import Line, Model
from domain.errors import NotFoundError
from domain.identity import person_key, same_person
from store import audit
from store.database import Connection, execute, fetch_all, fetch_one
from store.keys import list_keys, revoke_key
from store.notification_preferences import forget_reach
from store.queries import query
from store.sessions import end_sessions_of_person


class Removed(Model):
    """Who was taken out, and what of theirs was ended. Sessions by a key end with the key."""

    name: Line
    sessions: int
    keys: int


async def remove_person(connection: Connection, workspace: str, name: str, actor: str) -> Removed:
    """Take a person's role, sessions, keys, links and addresses away; put it on record.

    The name stays theirs, in the record and for the provider. Raises NotFoundError for a name
    that is nobody's.
    """
    named = {"workspace": workspace, "name_key": person_key(name)}
    person = await fetch_one(connection, query("take_role_away"), named)
    keys = [
        key
        for key in await list_keys(connection, workspace)
        if key.revoked_at is None and same_person(key.principal, name)
    ]
    if person is None and not keys:
        raise NotFoundError(f"nobody is called {name} in workspace {workspace}")
    ended = await end_sessions_of_person(connection, workspace, person["id"]) if person else 0
    for key in keys:
        await revoke_key(connection, workspace, key.id)
    await _cancel_links(connection, workspace, name)
    await forget_reach(connection, workspace, name)
    removed = Removed(
        name=person["name"] if person else keys[0].principal, sessions=ended, keys=len(keys)
    )
    await audit.record(
        connection,
        workspace,
        actor=actor,
        action="person_removed",
        subject=f"person/{person['id']}" if person else f"key/{keys[0].id}",
        details=removed.model_dump(),
    )
    return removed


async def _cancel_links(connection: Connection, workspace: str, name: str) -> None:
    rows = await fetch_all(connection, query("list_open_sign_in_links"), {"workspace": workspace})
    ids = [row["id"] for row in rows if same_person(row["name"], name)]
    await execute(connection, query("cancel_sign_in_links"), {"workspace": workspace, "ids": ids})
