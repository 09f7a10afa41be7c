"""Enter in a field decides nothing: a browser presses the first button of the form for it."""

from playwright.async_api import expect

from domain.proposals import ProposalStatus
from tests.browser.conftest import SignIn
from tests.browser.house import ARTICLE, House


async def test_without_scripts_enter_in_the_edit_form_previews(
    house: House, sign_in: SignIn
) -> None:
    (proposal,) = await house.learn(ARTICLE)
    page = await sign_in("reviewer")
    await page.goto(f"/proposals/{proposal.id}/edit")
    await page.get_by_label("Title", exact=True).fill("Handing a rental over")

    await page.get_by_label("Title", exact=True).press("Enter")

    await expect(page.get_by_text("nothing is saved yet")).to_be_visible()
    kept = await house.people.reviewer.proposal(proposal.id)
    assert (kept.status, kept.decisions) == (ProposalStatus.IN_REVIEW, ())


async def test_enter_on_a_reason_does_not_reject(house: House, enter: SignIn) -> None:
    (proposal,) = await house.learn(ARTICLE)
    page = await enter("reviewer")
    await page.goto(f"/proposals/{proposal.id}")
    await page.get_by_text("Reject…").click()
    await page.get_by_label("In a sentence").fill("No.")
    reason = page.locator("#decide [name=rejection_reason]").first
    await reason.check()

    await reason.press("Enter")

    await expect(page.get_by_role("button", name="Reject")).to_be_visible()
    kept = await house.people.reviewer.proposal(proposal.id)
    assert (kept.status, kept.decisions) == (ProposalStatus.IN_REVIEW, ())
