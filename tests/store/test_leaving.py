"""Whoever is taken out has no way in and no way to be told any more."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import NotFoundError
from domain.identity import ApiRole
from domain.people import SignInMethod
from store import keys, people, sign_in_links
from store import notification_preferences as preferences
from store.database import Database
from store.leaving import remove_person
from store.people import Claimed, Person, admit
from store.sessions import NewSession, find_session, insert_session

DANA = Claimed(
    issuer="https://idp.test", subject="1", name="Dana", role=ApiRole.LEAD, email="d@shop.test"
)
HOUR = timedelta(hours=1)


async def test_a_person_loses_every_way_in(database: Database, workspace: str) -> None:
    async with database.transaction(workspace) as connection:
        person = await admit(connection, workspace, DANA)
        assert isinstance(person, Person)
        new = NewSession(method=SignInMethod.OIDC, lifetime=HOUR, person_id=person.id)
        session = await insert_session(connection, workspace, new)

        removed = await remove_person(connection, workspace, " dana", "ada")

        assert (removed.name, removed.sessions, removed.keys) == ("Dana", 1, 0)
        assert await find_session(connection, workspace, session, HOUR) is None
        assert await people.find_present(connection, workspace, "Dana", HOUR) is None
        assert "Dana" not in {p.name for p in await people.list_people(connection, workspace)}


async def test_who_holds_keys_and_links_loses_them(database: Database, workspace: str) -> None:
    async with database.transaction(workspace) as connection:
        _, raw = await keys.create_key(
            connection, workspace, principal="Ben", role=ApiRole.REVIEWER
        )
        holder = sign_in_links.LinkHolder(name="ben", role=ApiRole.REVIEWER)
        link = await sign_in_links.create_link(connection, workspace, holder)
        others = holder.model_copy(update={"name": "Benno"})
        kept = await sign_in_links.create_link(connection, workspace, others)

        removed = await remove_person(connection, workspace, "ben", "ada")

        assert removed.keys == 1
        assert await keys.find_principal(connection, raw) is None
        assert await sign_in_links.find_link(connection, workspace, link) is None
        assert await sign_in_links.find_link(connection, workspace, kept) == others


async def test_nothing_reaches_them_and_no_account_acts_for_them(
    database: Database, workspace: str
) -> None:
    until = datetime.now(UTC) + HOUR
    async with database.transaction(workspace) as connection:
        await admit(connection, workspace, DANA)
        await preferences.set_link_code(connection, workspace, "dana", "ONE", until)
        await preferences.link_slack(connection, workspace, "ONE", team="T1", user="UDANA")
        await preferences.set_link_code(connection, workspace, "dana", "TWO", until)
        await preferences.ask_for_address(connection, workspace, "dana", "own@home.test")
        await preferences.confirm_address(connection, workspace, "dana", "own@home.test")

        await remove_person(connection, workspace, "Dana", "ada")

        found = await preferences.find_person_of_slack(
            connection, workspace, team="T1", user="UDANA"
        )
        assert found is None
        again = await preferences.link_slack(connection, workspace, "TWO", team="T1", user="UX")
        assert again is None
        assert (await preferences.get_preferences(connection, workspace, "dana")).email is None
        assert "dana" not in await preferences.list_reaches(connection, workspace)


async def test_nobody_of_that_name_is_nobody(database: Database, workspace: str) -> None:
    async with database.transaction(workspace) as connection:
        with pytest.raises(NotFoundError):
            await remove_person(connection, workspace, "Nobody", "ada")
