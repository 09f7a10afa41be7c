"""Every page that links lead to, light and dark, wide and narrow."""

import re
from collections import Counter
from collections.abc import AsyncGenerator
from functools import partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urldefrag, urljoin

import pytest
from playwright.async_api import Browser, Page

from tests.browser.conftest import SignIn, door
from tests.browser.house import Museum

LOOKS = (Path(__file__).parent / "looks.js").read_text(encoding="utf-8")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<==)[^&]+")
_MOST_OF_A_KIND = 4
_PHONE, _DESK = {"width": 375, "height": 812}, {"width": 1280, "height": 900}
_SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def look(page: Page) -> list[str]:
    """Return what is wrong with the page that is open, for each scheme and width."""
    found: list[str] = []
    for scheme in _SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        for size in (_PHONE, _DESK):
            await page.set_viewport_size({"width": size["width"], "height": size["height"]})
            seen: dict[str, Any] = await page.evaluate(LOOKS)
            assert seen["judged"] > 0
            where = f"{page.url} {scheme} {size['width']}"
            found += [f"{where}: {problem}" for problem in (*seen["faint"], *seen["wide"])]
    return found


async def links_of(page: Page) -> list[str]:
    """Return the addresses that the page links to, without fragments."""
    targets = [
        await link.get_attribute("href")
        for link in await page.locator("a[href]:not([download])").all()
    ]
    return [urldefrag(urljoin(page.url, target or "")).url for target in targets]


@pytest.fixture
async def plain(museum: Museum, chromium: Browser) -> AsyncGenerator[Page]:
    """An administrator at the museum, at a browser without scripts."""
    url = museum.house.url
    without = partial(chromium.new_context, base_url=url, java_script_enabled=False)
    async with door(museum.house, without) as opened:
        yield await opened("admin")


async def test_every_page_can_be_read_and_keeps_to_itself(museum: Museum, plain: Page) -> None:
    page, house = plain, museum.house

    waiting = [f"{house.url}/", f"{house.url}/?status=all", f"{house.url}/?status=parked"]
    seen: set[str] = set()
    kinds: Counter[str] = Counter()
    problems: list[str] = []
    while waiting:
        url = waiting.pop(0)
        kind = _ID.sub("…", url)
        if url in seen or not url.startswith(house.url) or kinds[kind] == _MOST_OF_A_KIND:
            continue
        seen.add(url)
        kinds[kind] += 1
        answer = await page.goto(url)
        if answer is None or answer.status != 200:
            problems.append(f"{url}: {answer and answer.status}")
        problems += await look(page)
        waiting += await links_of(page)

    assert problems == []
    paths = {kind.removeprefix(house.url) for kind in kinds}
    assert paths >= {"/interventions/…", "/proposals/…", "/proposals/…/edit", "/knowledge/…"}
    assert paths >= {"/releases", "/releases/compare?from=…&to=…", "/knowledge/…?as_of=…"}


async def test_pages_of_a_house_that_knows_nothing_can_be_read(sign_in: SignIn) -> None:
    page = await sign_in("lead")

    problems: list[str] = []
    for path in ("/", "/interventions", "/knowledge", "/releases", "/nothing/here"):
        await page.goto(path)
        problems += await look(page)

    assert problems == []


async def test_a_refused_key_can_be_read(sign_in: SignIn) -> None:
    page = await sign_in("")

    await page.get_by_label("API key").fill("wrong")
    await page.get_by_role("button", name="Sign in").click()

    assert await look(page) == []
