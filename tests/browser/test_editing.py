"""Editing a proposal where it stands: with a live preview, and without scripts."""

from playwright.async_api import Dialog, Page, expect

from tests.browser.conftest import SignIn
from tests.browser.house import ARTICLE, House, Museum
from tests.browser.test_reviewing import LIVE

ADDED = "It takes the rental desk one working day."


async def write(page: Page) -> None:
    """Add a sentence to the answer, as somebody types."""
    answer = page.get_by_label("Answer", exact=True)
    await answer.press("Control+End")
    await answer.press_sequentially(f" {ADDED}")


async def test_what_is_typed_is_previewed_and_then_goes_live(house: House, enter: SignIn) -> None:
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


async def test_a_wrong_field_is_named_while_one_types(museum: Museum, visit: SignIn) -> None:
    page = await visit("reviewer")
    await page.goto(f"/proposals/{museum.ids['article']}/edit")

    await page.get_by_label("Answer", exact=True).fill("Write to jane.roe@example.com, please.")

    preview = page.get_by_role("region", name="Preview")
    await expect(preview).to_contain_text("answer holds what looks like a person's email address")


async def test_unsaved_words_are_not_left_by_accident(museum: Museum, visit: SignIn) -> None:
    page = await visit("reviewer")
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    page.on("dialog", stay)
    await page.goto(f"/proposals/{museum.ids['article']}/edit")
    await page.get_by_role("link", name="Cancel").click()
    await expect(page.get_by_role("link", name="Edit it")).to_be_visible()
    assert asked == []

    await page.goto(f"/proposals/{museum.ids['article']}/edit")
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
