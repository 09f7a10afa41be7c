"""The whole way: from an intervention that is posted to another answer for the next customer."""

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import SignIn
from tests.browser.house import ARTICLE, House
from tests.browser.test_keyboard import tab_to
from tests.browser.test_reviewing import APPROVE, LIVE, approve


async def _told_of_it(house: House, page: Page) -> Locator:
    """Return where the page shows the first query asked again, which agents answer now."""
    await expect(page.get_by_text(LIVE)).to_be_visible()
    after = page.locator("#after")
    answer = await house.ask_about(ARTICLE)
    assert answer.answered
    await expect(after).to_contain_text(answer.answer.splitlines()[0])
    return after


async def test_by_mouse(house: House, either: SignIn) -> None:
    (proposal,) = await house.learn(ARTICLE)
    before = await house.ask_about(ARTICLE)
    page = await either("reviewer")

    await page.get_by_role("link", name=proposal.title).click()
    await expect(page.get_by_text("It fixes its own case.")).to_be_visible()
    await approve(page)

    after = await _told_of_it(house, page)
    assert not before.answered
    await expect(after.get_by_text("Handed off")).to_be_visible()
    used = (await house.ask_about(ARTICLE)).items_used[0]
    await page.get_by_role("link", name="See it as agents find it").click()
    assert str(used.item_id) in page.url


async def test_by_the_tab_key_alone(house: House, either: SignIn) -> None:
    (proposal,) = await house.learn(ARTICLE)
    page = await either("")

    # A browser gives the focus to a field a moment after the page is there.
    await expect(page.get_by_label("API key")).to_be_focused()
    await page.keyboard.type(house.keys["reviewer"])
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Waiting for you")
    await tab_to(page, page.get_by_role("link", name=proposal.title))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(proposal.title)
    await tab_to(page, page.get_by_role("button", name=APPROVE))
    await page.keyboard.press("Enter")

    await _told_of_it(house, page)


async def test_by_single_keys(house: House, enter: SignIn) -> None:
    await house.learn(ARTICLE)
    page = await enter("reviewer")

    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/proposals/**")
    await page.keyboard.press("a")
    await page.keyboard.press("a")

    await _told_of_it(house, page)
