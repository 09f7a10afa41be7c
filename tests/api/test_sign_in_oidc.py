"""Signing in at the organisation's own provider, and everything that it must not be fooled by."""

import time
from collections.abc import AsyncGenerator, Callable, Generator
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from httpx2 import ASGITransport, AsyncClient, Response
from joserfc.jwk import OctKey
from pydantic import SecretStr

from api.app import create_app
from api.login_limits import MAX_FAILURES
from api.sessions import ATTEMPT_COOKIE, COOKIE
from domain.identity import ApiRole
from gateways.settings import Settings
from store import audit, people
from store.database import Database
from store.keys import create_key
from tests.api.browser import HTML, Person, text_of, token_of
from tests.api.conftest import BASE_URL, Keys
from tests.api.fakes import RecordingDelivery, WordEmbedder
from tests.api.rows import Rows
from tests.fakes.oidc_provider import CLIENT_ID, CLIENT_SECRET, Claims, OidcProvider, new_key

DANA: Claims = {
    "sub": "u-1",
    "preferred_username": "dana",
    "email": "dana@shop.test",
    "groups": ["support-leads", "football"],
}


@pytest.fixture
def provider() -> Generator[OidcProvider]:
    """A provider at which Dana signs in."""
    with OidcProvider() as provider:
        provider.person = dict(DANA)
        yield provider


def settings_of(provider: OidcProvider, url: str, workspace: str, **more: object) -> Settings:
    """Return settings with this provider."""
    return Settings.model_validate(
        {
            "database_url": url,
            "session_secret": SecretStr("a secret of the tests"),
            "api_url": BASE_URL,
            "workspace": workspace,
            "oidc_issuer": provider.issuer,
            "oidc_client_id": CLIENT_ID,
            "oidc_client_secret": SecretStr(CLIENT_SECRET),
            "oidc_roles": "support-reviewers=reviewer,support-leads=lead",
            **more,
        }
    )


@pytest.fixture
def more_settings() -> dict[str, object]:
    """What a test sets otherwise."""
    return {}


@pytest.fixture
async def browser(
    provider: OidcProvider,
    database_url: str,
    database: Database,
    workspace: str,
    more_settings: dict[str, object],
) -> AsyncGenerator[AsyncClient]:
    """A browser before the application, with this provider."""
    app = create_app(
        settings_of(provider, database_url, workspace, **more_settings),
        database=database,
        delivery=RecordingDelivery(database),
        embedder=WordEmbedder(),
        settle_seconds=0,
    )
    transport = ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        AsyncClient(transport=transport, base_url=BASE_URL) as client,
    ):
        yield client


async def at_the_provider(browser: AsyncClient, target: str = "/") -> str:
    """Begin to sign in; return the callback's address that the provider leads back to."""
    started = await browser.get(f"/login/oidc?next={target}", headers=HTML)
    assert started.status_code == 303
    async with httpx2.AsyncClient() as outside:
        answer = await outside.get(started.headers["location"])
    assert answer.status_code == 302
    return answer.headers["location"]


async def sign_in(browser: AsyncClient, target: str = "/") -> Response:
    """Go the whole way; return the callback's answer."""
    return await browser.get(await at_the_provider(browser, target), headers=HTML)


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


def _other_key(provider: OidcProvider) -> None:
    provider.lies.key = new_key()


def _signed_with_the_client_secret(provider: OidcProvider) -> None:
    provider.lies.key = OctKey.import_key(CLIENT_SECRET * 2)
    provider.lies.header = {"alg": "HS256"}


def _unsigned(provider: OidcProvider) -> None:
    # {"alg":"none"} . {} .
    provider.lies.id_token = "eyJhbGciOiJub25lIn0.e30."


def _saying(**claims: object) -> Callable[[OidcProvider], None]:
    def lie(provider: OidcProvider) -> None:
        provider.lies.claims = lambda told: {**told, **claims}

    return lie


def _without(name: str) -> Callable[[OidcProvider], None]:
    def lie(provider: OidcProvider) -> None:
        provider.lies.claims = lambda told: {k: v for k, v in told.items() if k != name}

    return lie


LIES: dict[str, Callable[[OidcProvider], None]] = {
    "forged": _other_key,
    "signed with the client's secret": _signed_with_the_client_secret,
    "unsigned": _unsigned,
    "no token at all": lambda provider: setattr(provider.lies, "id_token", "nothing"),
    "other issuer": _saying(iss="https://evil.test"),
    "other audience": _saying(aud="another-client"),
    "other audience, but issued to us": _saying(aud="another-client", azp=CLIENT_ID),
    "our audience, but issued to another": _saying(aud=[CLIENT_ID, "b"], azp="b"),
    "other nonce": _saying(nonce="replayed"),
    "no nonce": _without("nonce"),
    "no audience": _without("aud"),
    "no issuer": _without("iss"),
    "no end": _without("exp"),
    "no subject": _without("sub"),
    "expired": _saying(exp=int(time.time()) - 3_600),
    "of the future": _saying(nbf=int(time.time()) + 3_600),
    "an end that is no number": _saying(exp="never"),
}


@pytest.mark.parametrize("lie", sorted(LIES))
async def test_a_token_that_does_not_hold_signs_nobody_in(
    browser: AsyncClient, provider: OidcProvider, lie: str
) -> None:
    LIES[lie](provider)

    answer = await sign_in(browser)

    assert answer.status_code in {401, 403}
    assert COOKIE not in browser.cookies
    assert "Start again" in text_of(answer) or "no role" in text_of(answer)


async def test_a_key_that_is_new_since_we_looked_is_found(
    browser: AsyncClient, provider: OidcProvider
) -> None:
    await sign_in(browser)
    provider.key = new_key("two")

    assert (await sign_in(browser)).status_code == 303


async def test_what_the_provider_says_of_itself_is_asked_for_once(
    browser: AsyncClient, provider: OidcProvider
) -> None:
    await sign_in(browser)
    await sign_in(browser)

    assert provider.requests.count("/.well-known/openid-configuration") == 1
    assert provider.requests.count("/jwks") == 1


@pytest.mark.parametrize("state", ["", "another", "\udcff"])
async def test_a_state_that_is_not_this_browsers_is_refused(
    browser: AsyncClient, provider: OidcProvider, state: str
) -> None:
    callback = urlsplit(await at_the_provider(browser))
    [code] = parse_qs(callback.query)["code"]

    answer = await browser.get(
        f"{callback.path}",
        params={"code": code, "state": state.encode("utf-8", "replace").decode()},
        headers=HTML,
    )

    assert answer.status_code == 400
    assert provider.forms == []


async def test_a_callback_in_another_browser_is_refused(browser: AsyncClient) -> None:
    callback = await at_the_provider(browser)
    browser.cookies.clear()

    answer = await browser.get(callback, headers=HTML)

    assert answer.status_code == 400
    assert COOKIE not in browser.cookies


async def test_a_callback_works_once(browser: AsyncClient) -> None:
    callback = await at_the_provider(browser)
    assert (await browser.get(callback, headers=HTML)).status_code == 303

    assert (await browser.get(callback, headers=HTML)).status_code == 400


async def test_a_code_that_was_used_is_refused_though_the_attempt_is_kept(
    browser: AsyncClient,
) -> None:
    callback = await at_the_provider(browser)
    kept = browser.cookies[ATTEMPT_COOKIE]
    await browser.get(callback, headers=HTML)
    browser.cookies.clear()

    answer = await browser.get(callback, headers={**HTML, "Cookie": f"{ATTEMPT_COOKIE}={kept}"})

    assert answer.status_code == 401


async def test_a_code_of_another_attempt_is_refused(
    browser: AsyncClient, provider: OidcProvider
) -> None:
    provider.lies.reuses_codes = True
    stolen = parse_qs(urlsplit(await at_the_provider(browser)).query)["code"][0]
    own = urlsplit(await at_the_provider(browser))
    [state] = parse_qs(own.query)["state"]

    answer = await browser.get(own.path, params={"code": stolen, "state": state}, headers=HTML)

    assert answer.status_code == 401
    assert COOKIE not in browser.cookies


async def test_an_answer_in_another_providers_name_is_refused(browser: AsyncClient) -> None:
    callback = await at_the_provider(browser)

    answer = await browser.get(f"{callback}&iss=https://evil.test", headers=HTML)

    assert answer.status_code == 400


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
