"""Who comes in by the organisation's own provider, as whom, and how it ends."""

from urllib.parse import parse_qs, urlsplit

import pytest
from httpx2 import AsyncClient

from api.login_limits import MAX_FAILURES
from api.sessions import COOKIE
from domain.identity import ApiRole
from store import audit, people
from store.database import Database
from tests.api.browser import HTML, Person, text_of, token_of
from tests.api.conftest import BASE_URL, Keys
from tests.api.oidc.signing_in import at_the_provider, sign_in
from tests.api.rows import Rows
from tests.fakes.oidc_provider import CLIENT_ID, OidcProvider


async def test_who_has_a_mapped_group_comes_in_with_its_role(browser: AsyncClient) -> None:
    answer = await sign_in(browser, "/releases")
    page = await browser.get("/me", headers=HTML)

    assert (answer.status_code, answer.headers["location"]) == (303, "/releases")
    assert page.status_code == 200
    said = text_of(page)
    assert "dana" in said
    assert "lead" in said
    assert "support-leads" in said
    assert "football" not in said


async def test_the_way_there_asks_with_pkce_state_and_nonce(browser: AsyncClient) -> None:
    started = await browser.get("/login/oidc", headers=HTML)

    asked = parse_qs(urlsplit(started.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == [f"{BASE_URL}/login/oidc/callback"]
    assert len(asked["state"][0]) > 40
    assert len(asked["nonce"][0]) > 40
    cookie = started.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_the_sign_in_page_offers_the_provider_first_and_folds_the_key(
    browser: AsyncClient,
) -> None:
    page = await browser.get("/login?next=/releases", headers=HTML)

    assert 'href="/login/oidc?next=/releases"' in page.text
    assert "Sign in with your organisation" in text_of(page)
    assert "<details" in page.text
    assert "<details open" not in page.text


async def test_a_second_sign_in_ends_the_first_session_of_the_browser(
    browser: AsyncClient,
) -> None:
    await sign_in(browser)
    first = browser.cookies[COOKIE]

    await sign_in(browser)

    assert browser.cookies[COOKIE] != first
    answer = await browser.get("/me", headers={**HTML, "Cookie": f"{COOKIE}={first}"})
    assert answer.status_code in {200, 303}
    browser.cookies.clear()
    answer = await browser.get("/me", headers={**HTML, "Cookie": f"{COOKIE}={first}"})
    assert answer.status_code == 303


async def test_who_has_no_mapped_group_is_told_and_nothing_else(
    browser: AsyncClient, provider: OidcProvider
) -> None:
    provider.person["groups"] = ["football"]

    answer = await sign_in(browser)

    assert answer.status_code == 403
    assert COOKIE not in browser.cookies
    said = text_of(answer)
    assert "You have no role here" in said
    assert "Ask your administrator" in said
    assert "dana" not in said
    assert "football" not in said


async def test_a_group_that_is_gone_at_the_next_sign_in_ends_all_sessions(
    browser: AsyncClient, provider: OidcProvider, database: Database, workspace: str
) -> None:
    await sign_in(browser)
    elsewhere = browser.cookies[COOKIE]
    browser.cookies.clear()
    provider.person["groups"] = []

    assert (await sign_in(browser)).status_code == 403

    answer = await browser.get("/me", headers={**HTML, "Cookie": f"{COOKIE}={elsewhere}"})
    assert answer.status_code == 303
    async with database.transaction(workspace) as connection:
        assert "dana" not in {p.name for p in await people.list_people(connection, workspace)}


async def test_a_role_that_has_changed_holds_from_the_next_sign_in_for_all_sessions(
    browser: AsyncClient, provider: OidcProvider
) -> None:
    await sign_in(browser)
    first = browser.cookies[COOKIE]
    browser.cookies.clear()
    provider.person["groups"] = ["support-reviewers"]

    await sign_in(browser)

    browser.cookies.clear()
    page = await browser.get("/me", headers={**HTML, "Cookie": f"{COOKIE}={first}"})
    assert "reviewer" in text_of(page)


async def test_who_declines_at_the_provider_is_led_back(browser: AsyncClient) -> None:
    callback = await at_the_provider(browser)
    [state] = parse_qs(urlsplit(callback).query)["state"]

    answer = await browser.get(
        f"/login/oidc/callback?error=access_denied&state={state}", headers=HTML
    )

    assert answer.status_code == 400
    assert "Start again" in text_of(answer)


@pytest.mark.parametrize("target", ["https://evil.test/", "//evil.test", "/\\evil.test", "evil"])
async def test_signing_in_leads_nowhere_else(browser: AsyncClient, target: str) -> None:
    answer = await sign_in(browser, target)

    assert answer.headers["location"] == "/"


async def test_a_provider_that_is_away_is_said_plainly(
    browser: AsyncClient, provider: OidcProvider
) -> None:
    provider.lies.answers = False

    answer = await browser.get("/login/oidc", headers=HTML)

    assert answer.status_code == 503
    assert "does not answer at the moment" in text_of(answer)


async def test_a_provider_that_goes_away_in_between_is_said_plainly(
    browser: AsyncClient, provider: OidcProvider
) -> None:
    callback = await at_the_provider(browser)
    provider.lies.answers = False

    assert (await browser.get(callback, headers=HTML)).status_code == 503


async def test_a_provider_that_calls_itself_otherwise_is_not_used(
    browser: AsyncClient, provider: OidcProvider
) -> None:
    provider.lies.issuer = "https://evil.test"

    assert (await browser.get("/login/oidc", headers=HTML)).status_code == 503


async def test_who_tries_too_often_must_wait(browser: AsyncClient) -> None:
    for _ in range(MAX_FAILURES):
        await browser.get("/login/oidc/callback?code=x&state=y", headers=HTML)

    answer = await browser.get("/login/oidc/callback?code=x&state=y", headers=HTML)

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


async def test_groups_that_only_the_userinfo_tells_count(
    browser: AsyncClient, provider: OidcProvider
) -> None:
    del provider.person["groups"]
    provider.userinfo = {"groups": ["support-reviewers"]}

    assert (await sign_in(browser)).status_code == 303


async def test_a_userinfo_about_somebody_else_is_refused(
    browser: AsyncClient, provider: OidcProvider
) -> None:
    del provider.person["groups"]
    provider.lies.userinfo = {"sub": "u-2", "groups": ["support-leads"]}

    assert (await sign_in(browser)).status_code == 401


async def test_signing_out_ends_the_session_and_offers_to_sign_out_at_the_provider(
    browser: AsyncClient, provider: OidcProvider
) -> None:
    await sign_in(browser)
    page = await browser.get("/me", headers=HTML)
    cookie = browser.cookies[COOKIE]

    answer = await browser.post("/logout", data={"form_token": token_of(page)}, headers=HTML)

    assert answer.status_code == 200
    assert f"{provider.issuer}/logout?client_id={CLIENT_ID}" in answer.text
    assert "id_token_hint=" in answer.text
    browser.cookies.clear()
    again = await browser.get("/me", headers={**HTML, "Cookie": f"{COOKIE}={cookie}"})
    assert again.status_code == 303


async def test_signing_in_is_audited_with_who_and_how_and_no_address(
    browser: AsyncClient, database: Database, workspace: str
) -> None:
    await sign_in(browser)

    async with database.transaction(workspace) as connection:
        [entry] = [
            e for e in await audit.list_audit(connection, workspace) if e.action == "signed_in"
        ]
    assert (entry.actor, entry.details) == ("dana", {"method": "oidc"})
    assert entry.subject.startswith("person/")


async def test_without_a_provider_there_is_no_such_way(client: AsyncClient) -> None:
    assert (await client.get("/login/oidc", headers=HTML)).status_code == 404
    assert (await client.get("/login/oidc/callback", headers=HTML)).status_code == 404
    page = await Person(client).get("/login")
    assert "organisation" not in text_of(page)


async def test_who_came_through_the_organisation_can_be_given_work(
    client: AsyncClient, keys: Keys, rows: Rows, database: Database, workspace: str
) -> None:
    proposal = await rows.proposal()
    dana = people.Claimed(issuer="https://id.test", subject="1", name="Dana", role=ApiRole.REVIEWER)
    async with database.transaction(workspace) as connection:
        await people.admit(connection, workspace, dana)

    answer = await client.post(
        f"/v1/proposals/{proposal.id}/assign",
        json={"assignee": "dana"},
        headers=keys.header(ApiRole.LEAD),
    )

    assert answer.status_code == 200
