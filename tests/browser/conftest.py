"""Debian's Chromium before the real stack, with and without scripts."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from embedded.stack import EmbeddedStack
from tests.browser.house import House, Museum, furnish, open_house
from tests.browser.watch import Watch

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


@pytest.fixture(scope="session")
async def museum(stack: EmbeddedStack) -> AsyncGenerator[Museum]:
    """A company to look at, which no test changes."""
    async with open_house(stack.info) as opened:
        yield await furnish(opened)


@pytest.fixture
async def house(stack: EmbeddedStack) -> AsyncGenerator[House]:
    """A company of this test's own."""
    async with open_house(stack.info) as opened:
        yield opened


@asynccontextmanager
async def door(
    house: House, new_context: Callable[[], Awaitable[BrowserContext]]
) -> AsyncGenerator[SignIn]:
    """Sign people in, each in a browser of their own; afterwards nothing has been complained of."""
    watch = Watch(house.url)
    opened: list[BrowserContext] = []

    async def open_for(role: str) -> Page:
        context = await new_context()
        opened.append(context)
        context.set_default_timeout(_TIMEOUT_MS)
        watch.over(context)
        page = await context.new_page()
        await page.goto("/")
        if role:
            await page.get_by_label("API key").fill(house.keys[role])
            await page.get_by_role("button", name="Sign in").first.click()
            await expect(page.get_by_role("button", name="Sign out")).to_be_visible()
            # Scripts run once the page is read; a key pressed before would be lost.
            await page.wait_for_load_state("domcontentloaded")
        return page

    yield open_for
    for context in opened:
        await context.close()
    assert watch.complaints() == []


@pytest.fixture
async def sign_in(chromium: Browser, house: House) -> AsyncGenerator[SignIn]:
    """Sign people in at browsers that run no scripts."""
    without = partial(chromium.new_context, base_url=house.url, java_script_enabled=False)
    async with door(house, without) as opened:
        yield opened


@pytest.fixture
async def enter(chromium: Browser, house: House) -> AsyncGenerator[SignIn]:
    """Sign people in at browsers that run scripts."""
    async with door(house, partial(chromium.new_context, base_url=house.url)) as opened:
        yield opened


@pytest.fixture
async def visit(chromium: Browser, museum: Museum) -> AsyncGenerator[SignIn]:
    """Sign people in at the museum, at browsers that run scripts."""
    url = museum.house.url
    async with door(museum.house, partial(chromium.new_context, base_url=url)) as opened:
        yield opened


@pytest.fixture(params=[False, True], ids=["plain", "scripts"])
async def either(
    request: pytest.FixtureRequest, chromium: Browser, house: House
) -> AsyncGenerator[SignIn]:
    """Sign people in at browsers without scripts, then at those with."""
    scripts: bool = request.param
    context = partial(chromium.new_context, base_url=house.url, java_script_enabled=scripts)
    async with door(house, context) as opened:
        yield opened
