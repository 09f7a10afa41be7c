from datetime import timedelta

import pytest

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


DANA = people.Claimed(issuer="https://idp.test", subject="1", name="Dana", role=ApiRole.LEAD)


async def came_in(
    database: Database, workspace: str, name: str, hours_ago: int
) -> KnownPerson | None:
    """Return who acts by this name within twelve hours of a sign-in that long ago."""
    async with database.transaction(workspace) as connection:
        await execute(
            connection,
            "UPDATE people SET last_seen_at = now(), signed_in_at = now() - %(ago)s"
            " WHERE workspace = %(w)s",
            {"w": workspace, "ago": timedelta(hours=hours_ago)},
        )
        return await people.find_present(connection, workspace, name, timedelta(hours=12))


async def test_a_provider_vouches_for_somebody_for_a_while_only(
    database: Database, workspace: str
) -> None:
    async with database.transaction(workspace) as connection:
        await people.admit(connection, workspace, DANA)
        assert await people.find_present(connection, workspace, "dana", timedelta(hours=12))

    assert await came_in(database, workspace, "dana", hours_ago=11) is not None
    assert await came_in(database, workspace, "dana", hours_ago=13) is None


async def test_a_sign_in_that_was_refused_vouches_for_nobody(
    database: Database, workspace: str
) -> None:
    async with database.transaction(workspace) as connection:
        await people.admit(connection, workspace, DANA)
        await people.admit(connection, workspace, DANA.model_copy(update={"role": None}))

        assert not await people.find_present(connection, workspace, "dana", timedelta(hours=12))


async def test_a_key_vouches_for_its_holder_for_as_long_as_it_is_valid(
    database: Database, workspace: str
) -> None:
    record = await a_key(database, workspace, "Ben", ApiRole.REVIEWER)
    async with database.transaction(workspace) as connection:
        await people.ensure_own_person(connection, workspace, "ben", ApiRole.LEAD)

    lately = await came_in(database, workspace, "ben", hours_ago=1)
    long_ago = await came_in(database, workspace, "ben", hours_ago=13)

    assert lately is not None
    assert long_ago is not None
    assert (lately.role, long_ago.role) == (ApiRole.LEAD, ApiRole.REVIEWER)
    async with database.transaction(workspace) as connection:
        await keys.revoke_key(connection, workspace, record.id)
    assert await came_in(database, workspace, "ben", hours_ago=13) is None


async def test_no_key_takes_the_name_of_a_providers_person(
    database: Database, workspace: str
) -> None:
    async with database.transaction(workspace) as connection:
        await people.admit(connection, workspace, DANA)
        with pytest.raises(people.NameOfAProviderError):
            await create_key(connection, workspace, principal=" DANA", role=ApiRole.LEAD)
