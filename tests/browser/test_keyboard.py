"""The whole way without a mouse."""

import re

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import SignIn
from tests.browser.house import ARTICLE, House
from tests.browser.test_reviewing import APPROVE

_MOST_STOPS = 60
_HAS_FOCUS = "element => element === document.activeElement"
_SHOWS_FOCUS = """element => [null, "::after"].some(
    part => parseFloat(getComputedStyle(element, part).outlineWidth) > 0
        && getComputedStyle(element, part).outlineStyle !== "none")"""


async def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus, and a person can see that."""
    for _ in range(_MOST_STOPS):
        await page.keyboard.press("Tab")
        if await wanted.evaluate(_HAS_FOCUS):
            assert await wanted.evaluate(_SHOWS_FOCUS)
            return
    raise AssertionError(f"the Tab key does not reach {wanted}")


async def test_signing_in_finding_and_approving_by_keyboard(house: House, sign_in: SignIn) -> None:
    (proposal,) = await house.learn(ARTICLE)
    page = await sign_in("")

    await page.keyboard.type(house.keys["reviewer"])
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for you")
    await tab_to(page, page.get_by_role("link", name=proposal.title))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(proposal.title)
    await tab_to(page, page.get_by_role("button", name=APPROVE))
    await page.keyboard.press("Enter")

    await expect(page.get_by_text(re.compile(r"Live in release \d+\."))).to_be_visible()


async def test_the_first_stop_leads_to_the_content(sign_in: SignIn) -> None:
    page = await sign_in("reviewer")
    await page.goto("/knowledge")

    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    assert await skip.evaluate(_HAS_FOCUS)
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")

    assert await page.locator("#main").evaluate(_HAS_FOCUS)
