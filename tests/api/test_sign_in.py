"""Signing in and out."""

from uuid import UUID

import pytest
from httpx2 import AsyncClient

from api.login_limits import MAX_FAILURES
from api.sessions import COOKIE
from domain.identity import ApiRole
from tests.api.browser import HTML, Person, text_of
from tests.api.conftest import Keys


@pytest.mark.parametrize("path", ["/", "/interventions", "/knowledge", f"/proposals/{UUID(int=7)}"])
async def test_who_is_not_signed_in_is_led_to_the_form(client: AsyncClient, path: str) -> None:
    answer = await client.get(path, headers=HTML)

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/login?next=/")


async def test_signing_in_sets_a_guarded_cookie_and_leads_on(
    client: AsyncClient, keys: Keys
) -> None:
    answer = await Person(client).sign_in(keys.of[ApiRole.LEAD], "/knowledge")

    assert (answer.status_code, answer.headers["location"]) == (303, "/knowledge")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert keys.of[ApiRole.LEAD] not in answer.headers["set-cookie"]


async def test_over_https_the_cookie_is_secure(client: AsyncClient, keys: Keys) -> None:
    client.base_url = "https://learning-loop.test"

    answer = await Person(client).sign_in(keys.of[ApiRole.LEAD])

    assert "secure" in answer.headers["set-cookie"].lower()


@pytest.mark.parametrize("target", ["https://evil.test/", "//evil.test", "/\\evil.test", "evil"])
async def test_signing_in_leads_nowhere_else(client: AsyncClient, keys: Keys, target: str) -> None:
    answer = await Person(client).sign_in(keys.of[ApiRole.LEAD], target)

    assert answer.headers["location"] == "/"


async def test_a_wrong_key_is_told_and_not_repeated(client: AsyncClient) -> None:
    answer = await Person(client).sign_in("ll_reviewer_wrong")

    assert answer.status_code == 401
    assert "unknown or was revoked" in text_of(answer)
    assert "ll_reviewer_wrong" not in answer.text
    assert COOKIE not in client.cookies


@pytest.mark.parametrize("role", [ApiRole.INTEGRATION, ApiRole.AGENT])
async def test_a_program_does_not_sign_in(client: AsyncClient, keys: Keys, role: ApiRole) -> None:
    answer = await Person(client).sign_in(keys.of[role])

    assert answer.status_code == 403
    assert COOKIE not in client.cookies


async def test_who_guesses_must_wait(client: AsyncClient, keys: Keys) -> None:
    person = Person(client)
    for _ in range(MAX_FAILURES):
        await person.sign_in("wrong")

    answer = await person.sign_in(keys.of[ApiRole.LEAD])

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


async def test_signing_out_ends_the_session(client: AsyncClient, reviewer: Person) -> None:
    page = await reviewer.get("/me")

    await reviewer.post("/logout", page)

    assert (await reviewer.get("/me")).status_code == 303
