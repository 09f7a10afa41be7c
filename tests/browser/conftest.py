"""Debian's Chromium, without scripts, before the real stack."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, Request, async_playwright

from embedded.stack import EmbeddedStack
from tests.browser.house import House, open_house

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_TIMEOUT_MS = 30_000
_REFUSAL = "Failed to load resource: the server responded with a status of 4"
"""What Chromium says of a page that is itself a refusal, which some tests want."""

SignIn = Callable[[str], Awaitable[Page]]
"""Returns a new browser of a person with this role's key, at the inbox; with "" at the form."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder."""
    folder = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(folder):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Where the browser is; what needs it is skipped where there is none."""
    if not Path(CHROMIUM).exists():
        pytest.skip(f"there is no {CHROMIUM}; on Debian: apt install chromium")
    return CHROMIUM


@pytest.fixture(scope="session")
async def chromium(chromium_path: str) -> AsyncGenerator[Browser]:
    """The browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_path, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest.fixture(scope="session")
async def stack(chromium: Browser) -> AsyncGenerator[EmbeddedStack]:
    """A throw-away stack with all its parts."""
    async with EmbeddedStack() as running:
        yield running


@pytest.fixture
async def house(stack: EmbeddedStack) -> AsyncGenerator[House]:
    """A company of this test's own."""
    async with open_house(stack.info) as opened:
        yield opened


@pytest.fixture
async def sign_in(chromium: Browser, house: House) -> AsyncGenerator[SignIn]:
    """Sign people in, each in a browser of their own; afterwards nothing has been complained of."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith(_REFUSAL):
            complaints.append(f"{message.type}: {message.text}")

    def see(request: Request) -> None:
        if not request.url.startswith(f"{house.url}/"):
            complaints.append(f"asked another origin: {request.url}")

    async def open_for(role: str) -> Page:
        context = await chromium.new_context(java_script_enabled=False, base_url=house.url)
        context.set_default_timeout(_TIMEOUT_MS)
        context.on("console", hear)
        context.on("request", see)
        page = await context.new_page()
        await page.goto("/")
        if role:
            await page.get_by_label("API key").fill(house.keys[role])
            await page.get_by_role("button", name="Sign in").click()
        return page

    yield open_for
    for context in chromium.contexts:
        await context.close()
    assert complaints == []
