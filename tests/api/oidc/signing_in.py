"""Settings with a provider at which Dana signs in, and the way there and back."""

import httpx2
from httpx2 import AsyncClient, Response
from pydantic import SecretStr

from gateways.settings import Settings
from tests.api.browser import HTML
from tests.api.conftest import BASE_URL
from tests.fakes.oidc_provider import CLIENT_ID, CLIENT_SECRET, Claims, OidcProvider

DANA: Claims = {
    "sub": "u-1",
    "preferred_username": "dana",
    "email": "dana@shop.test",
    "groups": ["support-leads", "football"],
}


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
