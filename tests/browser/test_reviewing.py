"""What a reviewer does with a proposal, and what becomes of it: on the pages and for agents."""

import re

from playwright.async_api import Page, expect

from domain.proposals import ProposalStatus
from tests.browser.conftest import SignIn
from tests.browser.house import ARTICLE, POLICY, House

LIVE = re.compile(r"Live in release \d+\.")
APPROVE = re.compile(r"^Approve (and|\()")


async def approve(page: Page) -> None:
    """Click the button, which says what it does."""
    await page.get_by_role("button", name=APPROVE).click()


async def comment(page: Page, button: str, text: str) -> None:
    """Unfold a form, write into it, and send it."""
    await page.get_by_text(f"{button}…", exact=True).click()
    form = page.locator("form").filter(has=page.get_by_role("button", name=button, exact=True))
    if button == "Reject":
        await form.get_by_label("It holds for this customer only").check()
    await form.get_by_role("textbox").fill(text)
    await form.get_by_role("button").click()


async def test_a_rejection_says_who_and_why_and_changes_nothing(
    house: House, sign_in: SignIn
) -> None:
    (proposal,) = await house.learn(ARTICLE)
    page = await sign_in("reviewer")

    await page.goto(f"/proposals/{proposal.id}")
    await comment(page, "Reject", "That was a favour <b>once</b>.")

    await expect(page.get_by_text("Rejected. Nothing was changed.")).to_be_visible()
    said = "reviewer rejected it: That was a favour <b>once</b>."
    await expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()
    assert not (await house.ask_about(ARTICLE)).answered


async def test_requested_changes_lead_to_a_new_draft(house: House, sign_in: SignIn) -> None:
    (proposal,) = await house.learn(ARTICLE)
    page = await sign_in("reviewer")

    await page.goto(f"/proposals/{proposal.id}")
    await comment(page, "Request changes", "Say that both must agree by e-mail.")

    await expect(page.get_by_text(re.compile("draft 2 by"))).to_be_visible()
    await expect(page.get_by_text("What is different from draft 1")).to_be_visible()
    await expect(page.get_by_role("button", name=APPROVE)).to_be_visible()


async def test_edited_words_are_what_agents_say(house: House, sign_in: SignIn) -> None:
    (proposal,) = await house.learn(ARTICLE)
    page = await sign_in("reviewer")
    await page.goto(f"/proposals/{proposal.id}")

    await page.get_by_role("link", name="Edit it").click()
    answer = page.get_by_label("Answer", exact=True)
    await answer.fill(f"{await answer.input_value()} It takes the rental desk one working day.")
    await page.get_by_role("button", name="Approve with these words").click()

    await expect(page.get_by_text(LIVE)).to_be_visible()
    assert "one working day" in (await house.ask_about(ARTICLE)).answer


async def test_a_policy_waits_for_a_second_person(house: House, sign_in: SignIn) -> None:
    (proposal,) = await house.learn(POLICY)
    first, second = await sign_in("reviewer"), await sign_in("lead")

    await first.goto(f"/proposals/{proposal.id}")
    await approve(first)
    waits = first.get_by_text("Approved by reviewer: waits for a lead.")
    await expect(waits).to_be_visible()
    await expect(first.get_by_role("button", name=APPROVE)).to_be_disabled()
    listed = await house.people.reviewer.proposal(proposal.id)
    assert listed.status is ProposalStatus.IN_REVIEW

    await second.goto(f"/proposals/{proposal.id}")
    await approve(second)
    await expect(second.get_by_text(LIVE)).to_be_visible()
