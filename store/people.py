"""People who sign in: bound to a provider's word for them, or known by an API key or a link."""

from domain.identity import ApiRole, Permission, Principal, has_rank, person_key
from domain.people import KnownPerson
from store.database import Connection, fetch_all
from store.queries import query


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
