"""The inbox with scripts: single keys, several at once, and the way through the proposals."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.house import ARTICLE, POLICY, House


@pytest.fixture
async def keyed(visit: SignIn) -> Page:
    """A reviewer at the museum's inbox, in a browser with scripts."""
    page = await visit("reviewer")
    await expect(page.locator("[data-row]")).to_have_count(3)
    return page


async def test_keys_go_through_the_rows_select_and_open(keyed: Page) -> None:
    rows = keyed.locator("[data-row]")
    for _ in range(4):
        await keyed.keyboard.press("j")
    await expect(rows.nth(2).locator("[data-open]")).to_be_focused()
    await keyed.keyboard.press("k")
    await keyed.keyboard.press("k")
    await expect(rows.nth(0).locator("[data-open]")).to_be_focused()

    await keyed.keyboard.press("x")
    await expect(rows.nth(0).get_by_role("checkbox")).to_be_checked()
    title = await rows.nth(0).locator("[data-open]").inner_text()
    await keyed.keyboard.press("j")
    await keyed.keyboard.press("k")
    await keyed.keyboard.press("o")
    await expect(keyed.get_by_role("heading", level=1)).to_have_text(title)


async def test_from_a_proposal_to_the_next_and_back_to_its_row(keyed: Page) -> None:
    second = await keyed.locator("[data-open]").nth(1).inner_text()
    await keyed.keyboard.press("j")
    await keyed.keyboard.press("Enter")
    await keyed.wait_for_url("**/proposals/**")

    await keyed.keyboard.press("j")
    await expect(keyed.get_by_role("heading", level=1)).to_have_text(second)
    await keyed.keyboard.press("u")
    await keyed.wait_for_url("**/?status=in_review#proposal-*")

    await expect(keyed.locator("[data-open]").nth(1)).to_be_focused()


async def test_approving_takes_two_presses(house: House, enter: SignIn) -> None:
    await house.learn(ARTICLE)
    page = await enter("reviewer")
    await page.keyboard.press("j")
    await expect(page.locator("[data-open]")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/proposals/**")
    approve = page.locator('button[data-key="a"]')

    await page.keyboard.press("a")
    await expect(approve).to_be_focused()
    await expect(page.locator("#keys-said")).to_contain_text("again or Enter to confirm")
    await expect(page.get_by_text("in review", exact=True)).to_be_visible()
    await page.keyboard.press("a")

    await expect(approve).to_have_count(0)


async def test_keys_rest_while_somebody_types_and_in_the_list_of_keys(keyed: Page) -> None:
    await keyed.keyboard.press("/")
    search = keyed.get_by_role("searchbox")
    await expect(search).to_be_focused()
    await keyed.keyboard.type("jxg?")
    await expect(search).to_have_value("jxg?")

    await keyed.locator("h1").click()
    await keyed.keyboard.press("?")
    dialog = keyed.get_by_role("dialog")
    await expect(dialog).to_be_visible()
    await keyed.keyboard.press("j")
    await expect(keyed.locator("[data-row]:focus-within")).to_have_count(0)
    await keyed.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()


async def test_keys_can_be_switched_off_and_on_again(keyed: Page) -> None:
    await keyed.get_by_role("button", name="Keys").click()
    await keyed.get_by_label("Single keys do something").uncheck()
    await keyed.get_by_role("button", name="Close").click()
    await expect(keyed.get_by_role("button", name="Keys")).to_be_focused()

    await keyed.reload()
    await keyed.keyboard.press("j")
    await expect(keyed.locator("[data-row]:focus-within")).to_have_count(0)

    await keyed.get_by_role("button", name="Keys").click()
    await keyed.get_by_label("Single keys do something").check()
    await keyed.keyboard.press("Escape")
    await keyed.keyboard.press("j")
    await expect(keyed.locator("[data-row]:focus-within")).to_have_count(1)


async def test_several_are_rejected_and_the_notice_has_the_focus(
    house: House, enter: SignIn
) -> None:
    await house.learn(ARTICLE, POLICY)
    page = await enter("reviewer")
    await page.get_by_label("Select all on this page").check()
    await page.get_by_text("Reject…").click()
    await page.get_by_label("One reason for all of them").select_option("wrong")
    await page.get_by_label("Why should nothing change?").fill("Out of date.")
    await page.get_by_role("button", name="Reject them").click()

    told = page.get_by_role("status").filter(has_text="2 rejected.")
    await expect(told).to_be_visible()
    await expect(told).to_be_focused()
    await page.reload()
    await expect(page.get_by_text("All decided")).to_be_visible()


async def test_without_scripts_rows_are_taken_by_checkbox_and_button(
    house: House, sign_in: SignIn
) -> None:
    (proposal,) = await house.learn(ARTICLE)
    page = await sign_in("reviewer")
    await page.get_by_label(f"Select {proposal.title}").check()
    await page.get_by_role("button", name="Take them").click()

    await expect(page.get_by_text("1 taken by you.")).to_be_visible()
    await expect(page.get_by_text("with reviewer")).to_be_visible()
