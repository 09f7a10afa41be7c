"""Editing a proposal where it stands: with a live preview, and without scripts."""

from collections.abc import AsyncGenerator, Awaitable, Callable

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page, expect

from tests.browser.conftest import SignIn
from tests.browser.house import ARTICLE, House
from tests.browser.test_reviewing import LIVE

_TIMEOUT_MS = 30_000
ADDED = "It takes the rental desk one working day."

Enter = Callable[[str], Awaitable[Page]]


@pytest.fixture
async def enter(chromium: Browser, house: House) -> AsyncGenerator[Enter]:
    """Sign people in at a browser that runs scripts; afterwards nothing has been complained of."""
    complaints: list[str] = []
    opened: list[BrowserContext] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"{message.type}: {message.text}")

    async def enter_as(role: str) -> Page:
        context = await chromium.new_context(base_url=house.url)
        opened.append(context)
        context.set_default_timeout(_TIMEOUT_MS)
        context.on("console", hear)
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        page = await context.new_page()
        await page.goto("/login")
        await page.get_by_label("API key").fill(house.keys[role])
        await page.get_by_role("button", name="Sign in").first.click()
        await expect(page.get_by_role("heading", level=1)).to_be_visible()
        return page

    yield enter_as
    for context in opened:
        await context.close()
    assert complaints == []


async def write(page: Page) -> None:
    """Add a sentence to the answer, as somebody types."""
    answer = page.get_by_label("Answer", exact=True)
    await answer.press("Control+End")
    await answer.press_sequentially(f" {ADDED}")


async def test_what_is_typed_is_previewed_and_then_goes_live(house: House, enter: Enter) -> None:
    (proposal,) = await house.learn(ARTICLE)
    page = await enter("reviewer")
    await page.goto(f"/proposals/{proposal.id}")
    await page.get_by_role("link", name="Edit it").click()
    preview = page.get_by_role("region", name="Preview")

    await write(page)

    await expect(preview.locator("ins").first).to_contain_text(ADDED)
    await expect(preview.get_by_text("With your words")).to_be_visible()
    await expect(preview.locator(".sides")).to_contain_text(ADDED)
    assert (await house.people.reviewer.proposal(proposal.id)).draft == 1
    await page.get_by_role("button", name="Approve with these words").click()

    await expect(page.get_by_text(LIVE)).to_be_visible()
    await expect(page.locator("#after")).to_contain_text(ADDED)
    assert ADDED in (await house.ask_about(ARTICLE)).answer


async def test_a_wrong_field_is_named_while_one_types(house: House, enter: Enter) -> None:
    (proposal,) = await house.learn(ARTICLE)
    page = await enter("reviewer")
    await page.goto(f"/proposals/{proposal.id}/edit")

    await page.get_by_label("Answer", exact=True).fill("Write to jane.roe@example.com, please.")

    preview = page.get_by_role("region", name="Preview")
    await expect(preview).to_contain_text("answer holds what looks like a person's email address")


async def test_unsaved_words_are_not_left_by_accident(house: House, enter: Enter) -> None:
    (proposal,) = await house.learn(ARTICLE)
    page = await enter("reviewer")
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    page.on("dialog", stay)
    await page.goto(f"/proposals/{proposal.id}/edit")
    await page.get_by_role("link", name="Cancel").click()
    await expect(page.get_by_role("link", name="Edit it")).to_be_visible()
    assert asked == []

    await page.goto(f"/proposals/{proposal.id}/edit")
    await write(page)
    await page.get_by_role("link", name="Cancel").click(no_wait_after=True)
    assert ADDED in await page.get_by_label("Answer", exact=True).input_value()
    assert asked == ["beforeunload"]


async def test_without_scripts_an_edit_is_previewed_and_verified_for_others(
    house: House, sign_in: SignIn
) -> None:
    (proposal,) = await house.learn(ARTICLE)
    page = await sign_in("reviewer")
    await page.goto(f"/proposals/{proposal.id}")
    await page.get_by_role("link", name="Edit it").click()
    answer = page.get_by_label("Answer", exact=True)
    await answer.fill(f"{await answer.input_value()} {ADDED}")

    await page.get_by_role("button", name="Preview", exact=True).click()
    preview = page.get_by_role("region", name="Preview")
    await expect(preview.locator("ins").first).to_contain_text(ADDED)
    await page.get_by_role("button", name="Verify the edit").click()

    await expect(page.get_by_text("draft 2 by reviewer")).to_be_visible()
    await expect(page.get_by_text("It fixes its own case.")).to_be_visible()
    saved = await house.people.reviewer.proposal(proposal.id)
    assert saved.approvals == ()
    assert not (await house.ask_about(ARTICLE)).answered


async def test_an_edit_that_breaks_comes_back_with_that_said_at_the_top(
    house: House, sign_in: SignIn
) -> None:
    (proposal,) = await house.learn(ARTICLE)
    page = await sign_in("reviewer")
    await page.goto(f"/proposals/{proposal.id}/edit")
    for label in ("Title", "Question", "Answer"):
        await page.get_by_label(label, exact=True).fill("Our mugs are dishwasher safe.")
    for box in await page.get_by_role("checkbox", checked=True).all():
        await box.uncheck()

    await page.get_by_role("button", name="Approve with these words").click()

    await expect(page.get_by_text("Your edit was not put live.")).to_be_visible()
    assert not (await house.ask_about(ARTICLE)).answered
