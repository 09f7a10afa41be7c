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


async def test_what_is_approved_on_its_page_answers_the_next_query(
    house: House, sign_in: SignIn
) -> None:
    (proposal,) = await house.learn(ARTICLE)
    before = await house.ask_about(ARTICLE)
    page = await sign_in("reviewer")

    await page.get_by_role("link", name=proposal.title).click()
    await expect(page.get_by_text("It fixes its own case.")).to_be_visible()
    await approve(page)

    await expect(page.get_by_text(LIVE)).to_be_visible()
    after = await house.ask_about(ARTICLE)
    detail = await house.people.reviewer.proposal(proposal.id)
    assert not before.answered
    assert after.answered
    assert f"Live in release {detail.applied_release}." in await page.locator("main").inner_text()
    await page.get_by_role("link", name="See it as agents find it").click()
    assert str(after.items_used[0].item_id) in page.url


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


async def test_who_decides_on_a_page_that_is_out_of_date_is_shown_what_is_new(
    house: House, sign_in: SignIn
) -> None:
    (proposal,) = await house.learn(POLICY)
    late, early = await sign_in("reviewer"), await sign_in("lead")
    await late.goto(f"/proposals/{proposal.id}")
    await early.goto(f"/proposals/{proposal.id}/edit")
    await early.get_by_label("Rationale").fill("The workshop says so since 2026.")
    await early.get_by_role("button", name="Approve with these words").click()
    await expect(early.get_by_text("Approved by lead: waits for a second")).to_be_visible()

    await approve(late)

    await expect(late.get_by_role("alert")).to_contain_text("has changed since it was read")
    await expect(late.get_by_text("The workshop says so since 2026.").first).to_be_visible()
    assert len((await house.people.lead.proposal(proposal.id)).approvals) == 1
    await approve(late)
    await expect(late.get_by_text(LIVE)).to_be_visible()
