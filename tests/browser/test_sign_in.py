"""Who gets in, and what those see who do not."""

from uuid import UUID

import pytest
from playwright.async_api import expect

from tests.browser.conftest import SignIn
from tests.browser.house import ARTICLE, House
from tests.browser.test_reviewing import APPROVE


async def test_a_wrong_key_is_refused_and_a_right_one_leads_where_one_wanted(
    house: House, sign_in: SignIn
) -> None:
    page = await sign_in("")
    await page.goto("/knowledge")

    await page.get_by_label("API key").fill("ll_reviewer_wrong")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("This key is unknown")

    await page.get_by_label("API key").fill(house.keys["integration"])
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("This key is for a program")

    await page.get_by_label("API key").fill(house.keys["reviewer"])
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("What agents know")


async def test_signing_out_ends_it(sign_in: SignIn) -> None:
    page = await sign_in("reviewer")

    await page.get_by_role("button", name="Sign out").click()
    await page.goto("/")

    await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


@pytest.mark.parametrize(
    "path", ["/nothing/here", f"/proposals/{UUID(int=1)}", "/knowledge/nonsense"]
)
async def test_what_is_not_there_is_a_page(sign_in: SignIn, path: str) -> None:
    page = await sign_in("reviewer")

    answer = await page.goto(path)

    assert answer is not None
    assert answer.status in {404, 422}
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    await page.get_by_role("link", name="To the inbox").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("Waiting for you")


async def test_a_form_from_before_somebody_else_signed_in_is_refused_with_a_page(
    house: House, sign_in: SignIn
) -> None:
    (proposal,) = await house.learn(ARTICLE)
    page = await sign_in("reviewer")
    await page.goto(f"/proposals/{proposal.id}")
    other = await page.context.new_page()
    await other.goto("/")
    await other.get_by_role("button", name="Sign out").click()
    await other.get_by_label("API key").fill(house.keys["lead"])
    await other.get_by_role("button", name="Sign in").click()
    await expect(other.get_by_role("heading", level=1)).to_contain_text("Waiting for you")

    async with page.expect_navigation() as navigation:
        await page.get_by_role("button", name=APPROVE).click()

    answer = await navigation.value
    assert answer is not None
    assert answer.status == 403
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert (await house.people.lead.proposal(proposal.id)).decisions == ()
