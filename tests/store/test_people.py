from domain.identity import ApiRole
from domain.people import KnownPerson
from store import keys, people
from store.database import Database, execute
from store.keys import create_key


async def a_key(database: Database, workspace: str, name: str, role: ApiRole) -> keys.KeyRecord:
    async with database.transaction(workspace) as connection:
        record, _ = await create_key(connection, workspace, principal=name, role=role)
    return record


async def names(database: Database, workspace: str) -> list[tuple[str, ApiRole]]:
    async with database.transaction(workspace) as connection:
        return [(p.name, p.role) for p in await people.list_people(connection, workspace)]


async def test_whoever_holds_a_key_that_reviews_is_known_once_with_the_higher_role(
    database: Database, workspace: str
) -> None:
    await a_key(database, workspace, "dana", ApiRole.REVIEWER)
    await a_key(database, workspace, "Dana ", ApiRole.LEAD)
    await a_key(database, workspace, "ben", ApiRole.REVIEWER)
    await a_key(database, workspace, "zendesk", ApiRole.INTEGRATION)

    found = await names(database, workspace)

    assert [(n, r) for n, r in found if n in {"dana", "ben", "zendesk"}] == [
        ("ben", ApiRole.REVIEWER),
        ("dana", ApiRole.LEAD),
    ]


async def test_a_revoked_key_makes_nobody_known(database: Database, workspace: str) -> None:
    record = await a_key(database, workspace, "dana", ApiRole.REVIEWER)
    async with database.transaction(workspace) as connection:
        await keys.revoke_key(connection, workspace, record.id)

    assert "dana" not in dict(await names(database, workspace))


async def test_people_bring_their_groups_and_address(database: Database, workspace: str) -> None:
    await a_key(database, workspace, "DANA", ApiRole.REVIEWER)
    async with database.transaction(workspace) as connection:
        await execute(
            connection,
            "INSERT INTO people (workspace, name, name_key, role, groups, email)"
            " VALUES (%(w)s, 'Dana', 'dana', 'lead', '{support}', 'dana@shop.test'),"
            " (%(w)s, 'Gone', 'gone', NULL, '{}', NULL)",
            {"w": workspace},
        )
        found = await people.list_people(connection, workspace)

    dana = KnownPerson(name="Dana", role=ApiRole.LEAD, groups=("support",), email="dana@shop.test")
    assert [person for person in found if person.name in {"Dana", "DANA", "Gone"}] == [dana]
