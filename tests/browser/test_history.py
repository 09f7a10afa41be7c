"""The history of what agents know, as people read it and go back in it."""

import re

from playwright.async_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.house import ARTICLE, House, Museum
from tests.browser.test_keyboard import tab_to
from tests.browser.test_reviewing import LIVE, approve


async def _learn_article(house: House, page: Page) -> None:
    """Approve the article's proposal and open its item."""
    (proposal,) = await house.learn(ARTICLE)
    await page.goto(f"/proposals/{proposal.id}")
    await approve(page)
    await expect(page.get_by_text(LIVE)).to_be_visible()
    await page.get_by_role("link", name="See it as agents find it").click()


async def _title(museum: Museum, page: Page) -> str:
    """Return the title of the item that the museum has learned."""
    await page.goto(f"/proposals/{museum.ids['applied']}")
    await page.get_by_role("link", name="See it as agents find it").click()
    await page.wait_for_url("**/knowledge/**")
    return await page.get_by_role("heading", level=1).inner_text()


async def test_an_item_is_retired_and_its_revisions_compared_by_keyboard(
    house: House, sign_in: SignIn
) -> None:
    page = await sign_in("reviewer")
    await _learn_article(house, page)
    item = page.url

    await tab_to(page, page.locator("summary", has_text="Retire…"))
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_label("Why?"))
    await page.keyboard.type("We no longer rent this out.")
    await tab_to(page, page.get_by_role("button", name="Propose to retire it"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Retire: ")
    # Until then the page reloads by itself, which would break off the way to another.
    await expect(page.get_by_text("Waits for a decision")).to_be_visible()

    lead = await sign_in("lead")
    await lead.goto(page.url)
    await approve(lead)
    await expect(lead.get_by_text(LIVE)).to_be_visible()

    await page.goto(item)
    await expect(page.get_by_text("Agents do not see this.")).to_be_visible()
    await expect(page.get_by_text("We no longer rent this out.")).to_be_visible()
    await tab_to(page, page.get_by_role("link", name="Compare with now"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text("Revision 2 → 1")
    await expect(page.get_by_text("They say the same.")).to_be_visible()


async def test_going_back_in_time_by_keyboard(museum: Museum, visit: SignIn) -> None:
    page = await visit("reviewer")
    title = await _title(museum, page)
    await page.goto("/knowledge")
    link = page.get_by_role("link", name=title, exact=True)
    await expect(link).to_be_visible()

    await tab_to(page, page.locator("summary", has_text="What did agents know then?"))
    await page.keyboard.press("Enter")
    await tab_to(page, page.get_by_label("At a release"))
    await page.keyboard.press("Control+a")
    await page.keyboard.type("1")
    await page.keyboard.press("Enter")

    await expect(page.get_by_text("As of release 1")).to_be_visible()
    await expect(link).to_have_count(0)
    await tab_to(page, page.get_by_role("link", name="Back to now"))
    await page.keyboard.press("Enter")
    await expect(link).to_be_visible()


async def test_a_search_finds_what_was_learned_and_keeps_the_query_to_itself(
    museum: Museum, visit: SignIn
) -> None:
    page = await visit("reviewer")
    title = await _title(museum, page)
    await page.goto("/knowledge")

    await page.get_by_role("searchbox").fill(title)
    await page.keyboard.press("Enter")

    found = page.locator("li.hit").first
    await expect(found.get_by_role("link", name=title)).to_be_visible()
    await expect(found).to_contain_text(re.compile(r"\d+% sure that it answers this"))
    assert page.url.endswith("/knowledge/search")
