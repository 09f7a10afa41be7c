"""What two people need who decide together: who has approved, and who is wanted."""

import re

from playwright.async_api import expect

from tests.browser.conftest import SignIn
from tests.browser.house import POLICY, House
from tests.browser.test_reviewing import LIVE, approve


async def test_each_sees_whose_approval_there_is_and_whose_is_wanted(
    house: House, sign_in: SignIn
) -> None:
    (proposal,) = await house.learn(POLICY)
    first, second = await sign_in("reviewer"), await sign_in("lead")

    await first.goto(f"/proposals/{proposal.id}")
    await expect(first.locator(".progress")).to_have_text(
        re.compile(r"0 of 2\s+approvals:\s*needs 2 people, one of them a lead")
    )
    await approve(first)

    wanted = re.compile(r"1 of 2\s+approvals:\s*✓ reviewer approved .+;\s*needs a lead")
    await expect(first.locator(".progress")).to_have_text(wanted)
    await expect(first.get_by_text("You have approved this content.")).to_be_visible()
    await second.goto(f"/proposals/{proposal.id}")
    await expect(second.locator(".progress")).to_have_text(wanted)
    await expect(second.get_by_text("Yours is the last approval it needs")).to_be_visible()
    await approve(second)

    await expect(second.get_by_text(LIVE)).to_be_visible()
    so_far = await second.locator(".so-far").inner_text()
    assert so_far.index("reviewer approved") < so_far.index("lead approved")


async def test_one_asks_the_other_by_name(house: House, sign_in: SignIn) -> None:
    (proposal,) = await house.learn(POLICY)
    first, second = await sign_in("reviewer"), await sign_in("lead")

    await first.goto(f"/proposals/{proposal.id}")
    await first.get_by_label("Say something").fill("Is the workshop's word enough?")
    await first.get_by_label("Tell", exact=True).select_option("lead")
    await first.get_by_role("button", name="Comment", exact=True).click()

    await expect(first.locator(".mention")).to_have_text("@lead")
    await second.goto(f"/proposals/{proposal.id}")
    await second.get_by_label("Say something").fill("@Reviewer, it is.")
    await second.get_by_role("button", name="Comment", exact=True).click()
    await expect(second.locator(".mention").last).to_have_text("@Reviewer")
    await expect(second.locator(".so-far > .comment > strong")).to_have_text(["reviewer", "lead"])
