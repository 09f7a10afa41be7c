"""Through the organisation's own sign-in and by a one-time link, in a real browser."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Generator

import pytest
import uvicorn
from playwright.async_api import Browser, Page, expect

from api.app import create_app
from domain.identity import ApiRole
from store.database import Database
from store.sign_in_links import LINK_PATH, LinkHolder, create_link
from tests.api.fakes import RecordingDelivery, WordEmbedder
from tests.api.oidc.signing_in import DANA, settings_of
from tests.browser.hostile import evil, harmless
from tests.fakes.oidc_provider import OidcProvider


@pytest.fixture
def provider() -> Generator[OidcProvider]:
    """A provider with a page of its own, at which Dana signs in."""
    with OidcProvider(asks=True) as provider:
        provider.person = dict(DANA)
        yield provider


@pytest.fixture
async def url(
    provider: OidcProvider, database_url: str, database: Database, workspace: str
) -> AsyncGenerator[str]:
    """The application on a port of its own, with that provider; only Temporal is stood in for."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        app = create_app(
            settings_of(provider, database_url, workspace, api_url=url),
            database=database,
            delivery=RecordingDelivery(database),
            embedder=WordEmbedder(),
            settle_seconds=0,
        )
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="on"))
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        yield url
        server.should_exit = True
        await serving


@pytest.fixture(params=[False, True], ids=["plain", "scripts"])
async def page(request: pytest.FixtureRequest, chromium: Browser, url: str) -> AsyncGenerator[Page]:
    """A browser before that application, with and without scripts."""
    context = await chromium.new_context(java_script_enabled=request.param, base_url=url)
    yield await context.new_page()
    await context.close()


async def test_through_the_organisation_and_out_again(page: Page, url: str) -> None:
    await page.goto("/me")
    await page.get_by_role("link", name="Sign in with your organisation").click()
    await expect(page).to_have_title("Provider")
    await page.get_by_role("link", name="Continue").click()

    await expect(page).to_have_url(f"{url}/me")
    await expect(page.get_by_role("heading", level=1)).to_have_text("dana")

    await page.get_by_role("button", name="Sign out", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    await page.get_by_role("link", name="Sign out at your organisation").click()
    await expect(page).to_have_url(f"{url}/login")
    await page.goto("/me")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


async def test_who_has_no_role_sees_that_and_nothing_else(
    page: Page, provider: OidcProvider
) -> None:
    provider.person["groups"] = []
    await page.goto("/login")
    await page.get_by_role("link", name="Sign in with your organisation").click()
    await page.get_by_role("link", name="Continue").click()

    await expect(page.get_by_role("heading", level=1)).to_have_text("You have no role here")
    await expect(page.get_by_text("Ask your administrator")).to_be_visible()


async def test_a_link_signs_in_at_its_button_and_once(
    page: Page, database: Database, workspace: str
) -> None:
    async with database.transaction(workspace) as connection:
        holder = LinkHolder(name="lead", role=ApiRole.LEAD)
        token = await create_link(connection, workspace, holder)
    await page.goto(LINK_PATH + token)
    await page.get_by_role("button", name="Sign in").click()
    await page.goto("/me")
    await expect(page.get_by_role("heading", level=1)).to_have_text("lead")

    await page.get_by_role("button", name="Sign out everywhere").click()
    await page.goto(LINK_PATH + token)

    await expect(page.get_by_role("heading", level=1)).to_have_text("This link does not work")


async def test_a_name_that_the_provider_made_of_markup_is_a_name(
    page: Page, provider: OidcProvider, url: str
) -> None:
    provider.person["preferred_username"] = evil("claimed")
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    await page.goto("/me")
    await page.get_by_role("link", name="Sign in with your organisation").click()
    await page.get_by_role("link", name="Continue").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(evil("claimed"))
    assert "claimed" in await harmless(page)

    await page.goto(f"{url}/")
    await expect(page.locator("a.me")).to_contain_text(evil("claimed"))
    assert "claimed" in await harmless(page)
    assert [text for text in said if "Content Security Policy" in text] == []
