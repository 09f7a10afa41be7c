"""People who sign in: bound to a provider's word for them, or known by an API key or a link."""

from datetime import timedelta
from enum import StrEnum
from functools import reduce
from uuid import UUID

from domain.base import Line, Model
from domain.identity import ApiRole, Permission, Principal, has_rank, person_key, same_person
from domain.people import KnownPerson
from store.database import Connection, Row, execute, fetch_all, fetch_one
from store.queries import query
from store.sessions import end_sessions_of_person

SYSTEM_NAMES = ("system", "command line")
"""Who acts in the audit where no person does: nobody may be called so."""

_MOST_NAMESAKES = 99


class Claimed(Model):
    """What a provider says of somebody, and the role that their groups give them here."""

    issuer: str
    subject: str
    name: Line
    role: ApiRole | None
    groups: tuple[str, ...] = ()
    email: str | None = None

    def row(self, workspace: str) -> dict[str, object]:
        """Return the columns of a person."""
        # As a tuple the groups would be a row, not an array.
        return {"workspace": workspace, **self.model_dump(), "groups": list(self.groups)}


class Person(Model):
    """Somebody with a row of their own."""

    id: UUID
    name: Line
    role: ApiRole


class NameOfAProviderError(Exception):
    """Somebody of this name signs in through the organisation, and only there."""


class Refusal(StrEnum):
    """Why somebody whom a provider knows does not come in."""

    NO_ROLE = "no_role"
    NAME_TAKEN = "name_taken"


async def is_known_workspace(connection: Connection, workspace: str) -> bool:
    """Return whether there is such a workspace."""
    row = await fetch_one(connection, query("workspace_is_known"), {"workspace": workspace})
    return row is not None


async def admit(connection: Connection, workspace: str, claimed: Claimed) -> Person | Refusal:
    """Return the person that a provider vouches for, with the role of this moment.

    Whoever comes for the first time gets a name of their own, which they keep. Whoever has no role
    any more loses all sessions.
    """
    row = await fetch_one(connection, query("lock_bound_person"), claimed.row(workspace))
    if row is None:
        return await _add(connection, workspace, claimed) if claimed.role else Refusal.NO_ROLE
    await execute(connection, query("update_person"), {**claimed.row(workspace), "id": row["id"]})
    if claimed.role is None:
        await end_sessions_of_person(connection, workspace, row["id"])
        return Refusal.NO_ROLE
    return Person(id=row["id"], name=row["name"], role=claimed.role)


async def _add(connection: Connection, workspace: str, claimed: Claimed) -> Person | Refusal:
    """Give a provider's person a name that is nobody's, the claimed one if it is free.

    Two accounts of the provider with one name are told apart by a number. The name of a key or of
    somebody who came by a link is refused: we cannot know whether they are the same person, and
    as two they could approve twice.
    """
    named = claimed.name
    if person_key(named) in ("", *map(person_key, SYSTEM_NAMES)):
        return Refusal.NAME_TAKEN
    for number in range(2, _MOST_NAMESAKES + 2):
        if await _is_own_name(connection, workspace, named):
            return Refusal.NAME_TAKEN
        values = {**claimed.row(workspace), "name": named, "name_key": person_key(named)}
        row = await fetch_one(connection, query("insert_person"), values)
        if row is None:
            # The same person may have come by another browser in this very moment.
            row = await fetch_one(connection, query("lock_bound_person"), values)
        if row is not None:
            return Person.model_validate(row)
        named = f"{claimed.name[:290]} ({number})"
    return Refusal.NAME_TAKEN


async def _is_own_name(connection: Connection, workspace: str, name: str) -> bool:
    """Return whether an unrevoked key or somebody without a provider has this name."""
    row = await _find(connection, workspace, name)
    if row is not None:
        return row["issuer"] is None
    held = await fetch_all(connection, query("list_key_people"), {"workspace": workspace})
    return any(same_person(key["name"], name) for key in held)


async def _find(connection: Connection, workspace: str, name: str) -> Row | None:
    named = {"workspace": workspace, "name_key": person_key(name)}
    return await fetch_one(connection, query("find_person_by_name"), named)


async def is_of_a_provider(connection: Connection, workspace: str, name: str) -> bool:
    """Return whether a name is that of somebody whom a provider vouches for."""
    row = await _find(connection, workspace, name)
    return row is not None and row["issuer"] is not None


async def find_present(
    connection: Connection, workspace: str, name: str, within: timedelta
) -> KnownPerson | None:
    """Return who acts by this name away from our pages; None once nothing vouches for them.

    A session vouches for a person, as long as it can last at most: they must have signed in
    `within` that time. An unrevoked key does too, but not for a provider's person.
    """
    key = person_key(name)
    named = {"workspace": workspace, "name_key": key, "within": within}
    row = await fetch_one(connection, query("find_person_who_came_in"), named)
    rows: list[Row] = [row] if row is not None and row["came_in"] else []
    if row is None or row["issuer"] is None:
        held = await fetch_all(connection, query("list_key_people"), {"workspace": workspace})
        rows += [one for one in held if person_key(one["name"]) == key]
    people = [_known(one) for one in rows]
    found = [person for person in people if _reviews(workspace, person)]
    return reduce(_united, found) if found else None


def _known(row: Row) -> KnownPerson:
    fields = KnownPerson.model_fields
    return KnownPerson.model_validate({name: row[name] for name in row if name in fields})


async def ensure_own_person(
    connection: Connection, workspace: str, name: str, role: ApiRole
) -> Person | None:
    """Return the person of this name, with this role; None if they are of a provider."""
    row = await fetch_one(
        connection,
        query("ensure_own_person"),
        {"workspace": workspace, "name": name, "name_key": person_key(name), "role": role},
    )
    return None if row is None else Person.model_validate(row)


async def list_people(connection: Connection, workspace: str) -> list[KnownPerson]:
    """Return everybody who may review, by name: people, and whom unrevoked keys stand for.

    One person is one entry, however many keys they hold and however their name is spelled; of two
    roles the higher counts.
    """
    named = {"workspace": workspace}
    rows = [
        *await fetch_all(connection, query("list_people"), named),
        *await fetch_all(connection, query("list_key_people"), named),
    ]
    found: dict[str, KnownPerson] = {}
    for row in rows:
        person = KnownPerson.model_validate(row)
        if not _reviews(workspace, person):
            continue
        key = person_key(person.name)
        found[key] = _united(found.get(key, person), person)
    return sorted(found.values(), key=lambda person: person_key(person.name))


def _reviews(workspace: str, person: KnownPerson) -> bool:
    principal = Principal(workspace=workspace, name=person.name, role=person.role)
    return principal.may(Permission.READ_PROPOSALS)


def _united(first: KnownPerson, other: KnownPerson) -> KnownPerson:
    higher: ApiRole = other.role if has_rank(other.role, first.role) else first.role
    return first.model_copy(update={"role": higher})
