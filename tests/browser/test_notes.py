"""A note's number leads from where it is used to the words in the conversation, and back."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.house import Museum


@pytest.fixture
async def page(museum: Museum, visit: SignIn) -> Page:
    """A proposal's page before a reviewer."""
    page = await visit("reviewer")
    await page.goto(f"/proposals/{museum.ids['article']}")
    return page


async def test_a_quote_and_its_words_lead_to_each_other(page: Page) -> None:
    await page.locator("a[href='#said-1']").first.focus()
    await page.keyboard.press("Enter")

    spot = page.locator("#said-1")
    assert page.url.endswith("#said-1")
    await expect(page.locator("#said-1 ~ mark").first).to_be_in_viewport()
    assert await spot.evaluate("spot => spot.matches(':target')")
    # The next stop is the way back.
    await page.keyboard.press("Tab")
    back = page.locator("a[href='#note-1']")
    assert await back.evaluate("link => link === document.activeElement")
    await page.keyboard.press("Enter")
    await expect(page.locator("#note-1")).to_be_in_viewport()
    assert page.url.endswith("#note-1")


async def test_every_number_has_its_place(page: Page) -> None:
    broken = await page.evaluate(
        """() => [...document.querySelectorAll("a.note-ref")]
            .map((link) => link.getAttribute("href").slice(1))
            .filter((id) => document.querySelectorAll(`[id="${id}"]`).length !== 1)"""
    )

    assert broken == []
    assert await page.locator("a.note-ref").count() >= 4


async def test_the_conversation_stands_beside_the_change_where_there_is_room(page: Page) -> None:
    await page.set_viewport_size({"width": 1440, "height": 900})

    change = await page.locator("#h-change").bounding_box()
    talk = await page.locator(".talk").bounding_box()
    decide = await page.locator("#decide").bounding_box()

    assert change is not None
    assert talk is not None
    assert decide is not None
    assert change["x"] + change["width"] <= talk["x"] < talk["x"] + talk["width"] <= decide["x"]
    assert change["y"] < 950
    assert talk["y"] < 560
    assert decide["y"] < 560


async def test_on_a_phone_the_way_to_the_decision_is_always_there(page: Page) -> None:
    await page.set_viewport_size({"width": 375, "height": 740})

    jump = page.get_by_role("link", name="To the decision")
    await expect(jump).to_be_in_viewport()
    await jump.click()

    await expect(page.locator("#decide")).to_be_in_viewport()
    await expect(jump).not_to_be_in_viewport()
    assert await page.evaluate("document.documentElement.scrollWidth") <= 375
