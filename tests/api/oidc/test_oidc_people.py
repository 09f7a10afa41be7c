"""Which name and which workspace somebody has who comes in by a provider."""

import pytest
from httpx2 import AsyncClient

from api.sessions import COOKIE
from domain.identity import ApiRole
from store import people
from store.database import Database
from store.keys import create_key
from tests.api.browser import text_of
from tests.api.oidc.signing_in import sign_in
from tests.fakes.oidc_provider import OidcProvider


async def names_of(database: Database, workspace: str) -> set[str]:
    async with database.transaction(workspace) as connection:
        return {person.name for person in await people.list_people(connection, workspace)}


async def test_nobody_takes_the_name_of_a_key(
    browser: AsyncClient, provider: OidcProvider, database: Database, workspace: str
) -> None:
    async with database.transaction(workspace) as connection:
        await create_key(connection, workspace, principal="Dana\u200b", role=ApiRole.LEAD)
    provider.person["preferred_username"] = " DANA "

    answer = await sign_in(browser)

    assert answer.status_code == 403
    assert "Your name is taken here" in text_of(answer)
    assert COOKIE not in browser.cookies


@pytest.mark.parametrize("name", ["system", "System\u00ad", "command  line"])
async def test_nobody_is_called_like_the_system(
    browser: AsyncClient, provider: OidcProvider, name: str
) -> None:
    provider.person["preferred_username"] = name

    assert (await sign_in(browser)).status_code == 403


async def test_two_accounts_with_one_name_are_two_people(
    browser: AsyncClient, provider: OidcProvider, database: Database, workspace: str
) -> None:
    await sign_in(browser)
    provider.person |= {"sub": "u-2", "preferred_username": "Dana"}

    await sign_in(browser)

    assert {"dana", "Dana (2)"} <= await names_of(database, workspace)


async def test_a_name_stays_what_it_was_at_the_first_sign_in(
    browser: AsyncClient, provider: OidcProvider, database: Database, workspace: str
) -> None:
    await sign_in(browser)
    provider.person["preferred_username"] = "ben"

    await sign_in(browser)

    found = await names_of(database, workspace)
    assert "dana" in found
    assert "ben" not in found


@pytest.mark.parametrize("verified", [False, "false"])
async def test_an_address_that_is_not_verified_names_nobody(
    browser: AsyncClient, provider: OidcProvider, verified: object
) -> None:
    del provider.person["preferred_username"]
    provider.person["email_verified"] = verified

    assert (await sign_in(browser)).status_code == 403


@pytest.mark.parametrize("more_settings", [{"oidc_workspace_claim": "org.workspace"}])
@pytest.mark.parametrize("named", ["nowhere", "*", "", None, 7])
async def test_a_workspace_that_there_is_not_lets_nobody_in(
    browser: AsyncClient, provider: OidcProvider, named: object
) -> None:
    provider.person["org"] = {"workspace": named}

    assert (await sign_in(browser)).status_code == 403


@pytest.mark.parametrize("more_settings", [{"oidc_workspace_claim": "org.workspace"}])
async def test_a_claim_can_name_the_workspace(
    browser: AsyncClient, provider: OidcProvider, workspace: str
) -> None:
    provider.person["org"] = {"workspace": workspace}

    assert (await sign_in(browser)).status_code == 303
