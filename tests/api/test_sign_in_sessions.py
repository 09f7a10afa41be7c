"""Sessions as rows: how they end, and what a person sees of their own."""

from datetime import timedelta
from typing import LiteralString

import psycopg
import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient

from api.sessions import COOKIE
from domain.identity import ApiRole
from store.database import Database
from store.keys import list_keys, revoke_key
from tests.api.browser import HTML, Person, signed_in, text_of
from tests.api.conftest import Keys, client_of, make_keys


async def change(database_url: str, workspace: str, what: LiteralString) -> None:
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        await owner.execute(
            b"UPDATE sessions SET " + what.encode() + b" WHERE workspace = %s", [workspace]
        )


async def is_in(person: Person) -> bool:
    return (await person.get("/me")).status_code == 200


@pytest.mark.parametrize(
    "what",
    [
        "expires_at = now()",
        "seen_at = now() - interval '4 hours'",
        "ended_at = now()",
    ],
)
async def test_a_session_ends(
    reviewer: Person, database_url: str, workspace: str, what: LiteralString
) -> None:
    assert await is_in(reviewer)

    await change(database_url, workspace, what)

    assert not await is_in(reviewer)


async def test_use_keeps_a_session_going(
    reviewer: Person, database_url: str, database: Database, workspace: str
) -> None:
    await change(database_url, workspace, "seen_at = now() - interval '3 hours'")

    assert await is_in(reviewer)

    async with database.reading(workspace) as connection:
        cursor = await connection.execute(
            "SELECT now() - seen_at AS ago FROM sessions WHERE workspace = %s", [workspace]
        )
        [row] = await cursor.fetchall()
    assert row["ago"] < timedelta(hours=1)


async def test_a_cookie_of_another_workspace_finds_no_session(
    app: FastAPI, client: AsyncClient, reviewer: Person, database_url: str, workspace: str
) -> None:
    sessions = app.state.context.sessions
    session = sessions.read(client.cookies[COOKIE])
    moved = sessions.cookie_of(session.model_copy(update={"workspace": "elsewhere"}))
    client.cookies.clear()

    answer = await client.get("/me", headers={**HTML, "Cookie": f"{COOKIE}={moved}"})

    assert answer.status_code == 303


async def test_signing_out_ends_the_row_and_not_just_the_cookie(
    client: AsyncClient, reviewer: Person
) -> None:
    kept = client.cookies[COOKIE]
    await reviewer.post("/logout", await reviewer.get("/me"))
    client.cookies.clear()

    answer = await client.get("/me", headers={**HTML, "Cookie": f"{COOKIE}={kept}"})

    assert answer.status_code == 303


async def test_signing_in_again_ends_the_browsers_former_session(
    client: AsyncClient, reviewer: Person, keys: Keys
) -> None:
    former = client.cookies[COOKIE]

    await reviewer.sign_in(keys.of[ApiRole.LEAD])

    assert client.cookies[COOKIE] != former
    client.cookies.clear()
    answer = await client.get("/me", headers={**HTML, "Cookie": f"{COOKIE}={former}"})
    assert answer.status_code == 303


async def test_a_cookie_that_came_before_signing_in_is_not_taken_over(
    client: AsyncClient, keys: Keys
) -> None:
    client.cookies.set(COOKIE, "planted")

    answer = await Person(client).sign_in(keys.of[ApiRole.REVIEWER])

    assert f"{COOKIE}=planted" not in answer.headers["set-cookie"]
    assert COOKIE in answer.headers["set-cookie"]


async def test_one_of_my_sessions_can_be_ended(app: FastAPI, reviewer: Person, keys: Keys) -> None:
    async with client_of(app) as other_browser:
        there = await signed_in(other_browser, keys.of[ApiRole.REVIEWER])
        page = await there.get("/me")
        assert text_of(page).count("With an API key") == 2
        session = app.state.context.sessions.read(reviewer.client.cookies[COOKIE])

        answer = await there.post(f"/me/sessions/{session.id}/end", page)

        assert answer.headers["location"] == "/me"
        assert await is_in(there)
        assert not await is_in(reviewer)


async def test_nobody_ends_anothers_session(app: FastAPI, reviewer: Person, keys: Keys) -> None:
    async with client_of(app) as other_browser:
        lead = await signed_in(other_browser, keys.of[ApiRole.LEAD])
        session = app.state.context.sessions.read(reviewer.client.cookies[COOKIE])

        answer = await lead.post(f"/me/sessions/{session.id}/end", await lead.get("/me"))

    assert answer.status_code == 404
    assert await is_in(reviewer)


async def test_signing_out_everywhere_ends_all_of_mine_and_no_others(
    app: FastAPI, reviewer: Person, keys: Keys
) -> None:
    async with client_of(app) as second, client_of(app) as third:
        there = await signed_in(second, keys.of[ApiRole.REVIEWER])
        lead = await signed_in(third, keys.of[ApiRole.LEAD])

        answer = await reviewer.post("/me/sessions/end", await reviewer.get("/me"))

        assert answer.headers["location"] == "/login"
        assert not await is_in(reviewer)
        assert not await is_in(there)
        assert await is_in(lead)


async def test_a_revoked_key_ends_its_sessions_at_once(
    reviewer: Person, database: Database, workspace: str
) -> None:
    async with database.transaction(workspace) as connection:
        for key in await list_keys(connection, workspace):
            if key.role is ApiRole.REVIEWER:
                await revoke_key(connection, workspace, key.id)

    assert not await is_in(reviewer)


async def test_over_https_the_cookie_belongs_to_this_host_alone(
    client: AsyncClient, keys: Keys
) -> None:
    client.base_url = "https://learning-loop.test"

    answer = await Person(client).sign_in(keys.of[ApiRole.LEAD])

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"__Host-{COOKIE}=")
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert (await Person(client).get("/me")).status_code == 200


async def test_over_https_a_cookie_without_that_name_is_not_read(
    client: AsyncClient, keys: Keys
) -> None:
    client.base_url = "https://learning-loop.test"
    await Person(client).sign_in(keys.of[ApiRole.LEAD])
    value = client.cookies[f"__Host-{COOKIE}"]
    client.cookies.clear()

    answer = await client.get("/me", headers={**HTML, "Cookie": f"{COOKIE}={value}"})

    assert answer.status_code == 303


async def test_the_people_are_those_who_review(client: AsyncClient, keys: Keys) -> None:
    answer = await client.get("/v1/people", headers=keys.header(ApiRole.REVIEWER))

    assert answer.json()["next_cursor"] is None
    assert [(p["name"], p["role"]) for p in answer.json()["items"]] == [
        ("admin", "admin"),
        ("lead", "lead"),
        ("reviewer", "reviewer"),
    ]


async def test_a_revoked_key_and_an_unknown_one_get_the_same_answer(
    client: AsyncClient, database: Database, database_url: str, workspace: str
) -> None:
    keys = await make_keys(database_url, workspace)
    async with database.transaction(workspace) as connection:
        for key in await list_keys(connection, workspace):
            await revoke_key(connection, workspace, key.id)

    revoked = await Person(client).sign_in(keys.of[ApiRole.LEAD])
    unknown = await Person(client).sign_in("ll_lead_unknown")

    assert revoked.status_code == unknown.status_code == 401
    assert text_of(revoked) == text_of(unknown)
