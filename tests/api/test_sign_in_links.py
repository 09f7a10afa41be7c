"""Links that sign somebody in once: what they do, and what neither opening nor guessing does."""

import psycopg
import pytest
from httpx2 import AsyncClient, Response

from api.login_limits import MAX_FAILURES
from api.sessions import COOKIE
from domain.identity import ApiRole
from store.database import Database
from store.people import Claimed, admit
from store.sign_in_links import LINK_PATH, LinkHolder, create_link, workspace_of
from tests.api.browser import HTML, Person, text_of, token_of

LEAD = LinkHolder(name="lead", role=ApiRole.LEAD)


@pytest.fixture
async def token(database: Database, workspace: str) -> str:
    """A fresh link's token."""
    return await make(database, workspace)


async def make(database: Database, workspace: str, holder: LinkHolder = LEAD) -> str:
    async with database.transaction(workspace) as connection:
        return await create_link(connection, workspace, holder)


async def use(client: AsyncClient, token: str) -> Response:
    """Post what the page's button posts."""
    form_token = token_of(await Person(client).get("/login"))
    data = {"form_token": form_token, "token": token}
    return await client.post("/login/link", data=data, headers=HTML)


async def test_the_button_signs_in(client: AsyncClient, token: str) -> None:
    page = await Person(client).get(LINK_PATH + token)
    assert "Sign in as lead" in text_of(page)

    answer = await client.post(
        "/login/link", data={"form_token": token_of(page), "token": token}, headers=HTML
    )

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    me = await Person(client).get("/me")
    assert "By a one-time link" in text_of(me)


async def test_opening_it_uses_nothing_up(client: AsyncClient, token: str) -> None:
    for _ in range(3):
        assert (await Person(client).get(LINK_PATH + token)).status_code == 200
    assert COOKIE not in client.cookies

    assert (await use(client, token)).status_code == 303


async def test_it_works_once(client: AsyncClient, token: str) -> None:
    await use(client, token)

    answer = await use(client, token)

    assert answer.status_code == 410


async def test_all_that_do_not_work_look_the_same(
    client: AsyncClient, database: Database, database_url: str, workspace: str, token: str
) -> None:
    await use(client, token)
    old = await make(database, workspace)
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        await owner.execute(
            "UPDATE sign_in_links SET expires_at = now() WHERE workspace = %s AND used_at IS NULL",
            [workspace],
        )
    client.cookies.clear()

    pages = [
        await Person(client).get(LINK_PATH + held)
        for held in (token, old, f"{workspace}.unknown", "*.x", "nothing", "no-such-place.x")
    ]

    assert {page.status_code for page in pages} == {410}
    assert len({page.text for page in pages}) == 1
    assert "learning-loop sign-in-link" in text_of(pages[0])
    assert COOKIE not in client.cookies


async def test_only_a_hash_is_stored(database_url: str, workspace: str, token: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        cursor = await owner.execute(
            "SELECT sign_in_links::text FROM sign_in_links WHERE workspace = %s", [workspace]
        )
        rows = str(await cursor.fetchall())
    assert token not in rows
    assert token.rpartition(".")[2] not in rows


@pytest.mark.parametrize("token", ["*.x", "", ".", "x", ".x", "a b.x", "\udcff.x"])
def test_what_is_no_token_names_no_workspace(token: str) -> None:
    assert workspace_of(token) is None


async def test_a_link_cannot_become_a_providers_person(
    client: AsyncClient, database: Database, workspace: str
) -> None:
    claimed = Claimed(issuer="https://id.test", subject="1", name="Lead", role=ApiRole.REVIEWER)
    async with database.transaction(workspace) as connection:
        await admit(connection, workspace, claimed)

    answer = await use(client, await make(database, workspace))

    assert answer.status_code == 410
    assert COOKIE not in client.cookies


async def test_who_guesses_must_wait(client: AsyncClient, token: str) -> None:
    for number in range(MAX_FAILURES):
        await Person(client).get(f"{LINK_PATH}default.{number}")

    shown = await Person(client).get(LINK_PATH + token)
    used = await use(client, token)

    assert (shown.status_code, used.status_code) == (429, 429)


async def test_a_link_is_only_used_by_a_form_of_ours(client: AsyncClient, token: str) -> None:
    answer = await client.post("/login/link", data={"token": token}, headers=HTML)

    assert answer.status_code == 403
    assert (await use(client, token)).status_code == 303
