"""Where the Tab key leads, and that the focus is never lost after an act."""

from playwright.async_api import Locator, Page, expect

from tests.browser.conftest import SignIn
from tests.browser.house import ARTICLE, House

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


async def test_the_first_stop_leads_to_the_content(sign_in: SignIn) -> None:
    page = await sign_in("reviewer")
    await page.goto("/knowledge")

    await page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    assert await skip.evaluate(_HAS_FOCUS)
    await expect(skip).to_be_in_viewport()
    await page.keyboard.press("Enter")

    assert await page.locator("#main").evaluate(_HAS_FOCUS)


async def _kept(page: Page) -> None:
    """Wait until something of the page has the focus."""
    await expect(page.locator("body :focus")).to_have_count(1)


async def test_no_act_on_a_proposal_takes_the_focus_away(house: House, enter: SignIn) -> None:
    (proposal,) = await house.learn(ARTICLE)
    page = await enter("reviewer")
    await page.goto(f"/proposals/{proposal.id}")
    decide = page.locator("#decide")

    for button in ("Take it", "Give it back"):
        await page.get_by_role("button", name=button).press("Enter")
        await expect(page.get_by_role("button", name=button)).to_have_count(0)
        await _kept(page)
    await page.locator("#body").press_sequentially("Looks right.")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.locator(".comment .said")).to_have_text("Looks right.")
    await _kept(page)
    await page.keyboard.press("s")
    await page.get_by_role("button", name="Snooze", exact=True).press("Enter")
    await expect(page.get_by_text("Out of your inbox until")).to_be_visible()
    await _kept(page)
    await page.get_by_role("button", name="Bring it back now").press("Enter")
    await expect(page.get_by_text("Out of your inbox until")).to_have_count(0)
    await _kept(page)

    await decide.get_by_text("Request changes…").press("Enter")
    await page.locator("#comment-request_changes").fill("Say it in one sentence.")
    await decide.get_by_role("button", name="Request changes").press("Enter")
    await expect(page.get_by_text("draft 2 by")).to_be_visible()
    await _kept(page)
    await page.keyboard.press("a")
    await page.keyboard.press("a")
    await expect(page.locator("#after")).to_be_visible()
    await _kept(page)
    await page.get_by_text("Undo…").press("Enter")
    await page.get_by_label("Why?").fill("It was too early.")
    await page.get_by_role("button", name="Propose to undo it").press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Retire: ")
    await _kept(page)


async def test_no_act_in_the_inbox_takes_the_focus_away(house: House, enter: SignIn) -> None:
    await house.learn(ARTICLE)
    page = await enter("lead")
    row = page.locator("[data-row]")

    kind = page.get_by_label("Kind")
    await kind.focus()
    await page.keyboard.press("ArrowDown")
    await page.wait_for_url("**kind=article**")
    await expect(kind).to_be_focused()
    await page.get_by_role("searchbox").fill("rental")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**q=rental**")
    await _kept(page)
    await page.get_by_text("Save this view…").press("Enter")
    await page.get_by_label("Name of the view").fill("Articles on rentals")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name="Articles on rentals")).to_be_visible()
    await _kept(page)
    for button in ("Take them", "Assign them", "Snooze them"):
        await row.get_by_role("checkbox").press("Space")
        name = button.removesuffix(" them")
        if button != "Take them":
            await page.locator(".bulk").get_by_text(f"{name}…").press("Enter")
        if name == "Assign":
            await page.get_by_label("To", exact=True).select_option("reviewer")
        await page.get_by_role("button", name=button).press("Enter")
        await expect(page.locator("[data-after]")).to_be_visible()
        await _kept(page)
