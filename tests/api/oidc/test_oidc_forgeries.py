"""What signing in at a provider must not be fooled by."""

import time
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from httpx2 import AsyncClient
from joserfc.jwk import OctKey

from api.sessions import ATTEMPT_COOKIE, COOKIE
from tests.api.browser import HTML, text_of
from tests.api.oidc.signing_in import at_the_provider, sign_in
from tests.fakes.oidc_provider import CLIENT_ID, CLIENT_SECRET, OidcProvider, new_key


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
