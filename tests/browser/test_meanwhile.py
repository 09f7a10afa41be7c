"""What happens to a proposal, or to the item it changes, while somebody has its page open."""

from typing import cast
from uuid import UUID

from playwright.async_api import Page, expect

from domain.base import JsonObject
from tests.browser.conftest import SignIn
from tests.browser.house import POLICY, House
from tests.browser.test_reviewing import APPROVE, LIVE, approve, comment

_ARTICLE: JsonObject = {
    "title": "Opening hours",
    "question": "When is the shop open?",
    "answer": "The shop is open from nine to five.",
    "tags": [],
}


async def _revise(house: House, item_id: UUID, **changed: str) -> str:
    """Ask for a revision of the article; return the proposal's address."""
    change: JsonObject = {
        "kind": "article",
        "operation": "revise",
        "item_id": str(item_id),
        "base_revision": 1,
        "content": {**_ARTICLE, **changed},
    }
    asked = await house.post("admin", "/v1/proposals", {"change": change, "reason": "It is new."})
    return f"/proposals/{cast(list[dict[str, str]], asked['proposals'])[0]['id']}"


async def _open(page: Page, address: str) -> None:
    await page.goto(address)
    await expect(page.get_by_role("button", name=APPROVE)).to_be_enabled()


async def test_a_change_of_the_same_item_is_told_and_merged_and_asked_for_anew(
    house: House, enter: SignIn
) -> None:
    article: JsonObject = {"kind": "article", "content": _ARTICLE}
    (made,) = await house.people.admin.import_items([article])
    item_id = UUID(str(made.item_id))
    first = await _revise(house, item_id, answer="The shop is open from nine to six.")
    second = await _revise(house, item_id, title="When we are open")
    page, lead = await enter("reviewer"), await enter("lead")
    await _open(page, second)
    await _open(lead, first)

    await approve(lead)
    await expect(lead.get_by_text(LIVE)).to_be_visible()
    news = page.locator(".live-news")
    await expect(news).to_contain_text("was changed by something else, in release")

    await approve(page)
    await expect(page.get_by_text("draft 2 by")).to_be_visible()
    await expect(page.get_by_text("but the item had changed meanwhile")).to_be_visible()
    assert (await house.people.lead.item(item_id)).content.title == "Opening hours"
    await approve(page)
    await expect(page.get_by_text(LIVE)).to_be_visible()
    item = await house.people.lead.item(item_id)
    assert item.content.title == "When we are open"
    assert "nine to six" in item.content.search_text()


async def test_who_decides_on_a_page_that_is_out_of_date_is_shown_what_is_new(
    house: House, either: SignIn
) -> None:
    (proposal,) = await house.learn(POLICY)
    late, early = await either("reviewer"), await either("lead")
    await late.goto(f"/proposals/{proposal.id}")
    await early.goto(f"/proposals/{proposal.id}/edit")
    await early.get_by_label("Rationale").fill("The workshop says so since 2026.")
    await early.get_by_role("button", name="Approve with these words").click()
    await expect(early.get_by_text("Approved by lead: waits for a second")).to_be_visible()

    async with late.expect_response("**/decide") as refused:
        await comment(late, "Reject", "Not without the workshop.")

    assert (await refused.value).status == 409
    await expect(late.get_by_role("alert")).to_contain_text("has changed since it was read")
    await expect(late.get_by_text("The workshop says so since 2026.").first).to_be_visible()
    kept = late.locator("#comment-reject")
    await expect(kept).to_have_value("Not without the workshop.")
    await expect(kept).to_be_visible()
    await expect(late.get_by_label("It holds for this customer only")).to_be_checked()
    assert len((await house.people.lead.proposal(proposal.id)).approvals) == 1
    await approve(late)
    await expect(late.get_by_text(LIVE)).to_be_visible()
