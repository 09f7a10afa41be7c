"""Pages that are open learn what others do, and take nobody's place or words away."""

from playwright.async_api import Page, expect

from client.models import ListedProposal
from demo.story import submit_wave
from domain.base import JsonObject
from domain.reviews import Verdict
from tests.browser.conftest import SignIn
from tests.browser.house import ARTICLE, POLICY, House, first_of
from tests.browser.test_reviewing import LIVE

_TIMEOUT_MS = 30_000
_IS_SAME = "window.stillTheSamePage === true"


async def _open(page: Page, proposal: ListedProposal) -> None:
    await page.goto(f"/proposals/{proposal.id}")
    await page.evaluate("window.stillTheSamePage = true")


async def test_an_open_page_says_what_somebody_else_did_and_keeps_what_is_typed(
    house: House, enter: SignIn
) -> None:
    (proposal,) = await house.learn(ARTICLE)
    page = await enter("reviewer")
    await _open(page, proposal)
    words = page.locator("#body")
    await words.fill("Half a sent")
    await words.press("End")
    await words.scroll_into_view_if_needed()
    await expect(words).to_be_in_viewport(ratio=0.5)
    place = await words.bounding_box()

    await _lead_approves(house, proposal)

    news = page.locator(".live-news")
    await expect(news).to_contain_text("lead approved it", timeout=_TIMEOUT_MS)
    await expect(news).to_contain_text("it is live in release", timeout=_TIMEOUT_MS)
    assert await page.evaluate(_IS_SAME)
    now = await words.bounding_box()
    assert place
    assert now
    assert abs(now["y"] - place["y"]) < 1
    await expect(news).to_be_in_viewport()
    await expect(words).to_be_focused()
    await page.keyboard.type("ence")
    await expect(words).to_have_value("Half a sentence")

    await news.get_by_role("link", name="Show it").click()
    await expect(page.get_by_text(LIVE)).to_be_visible()
    await expect(page.locator("#body")).to_have_value("Half a sentence")


async def test_people_see_each_other_come_and_go(house: House, enter: SignIn) -> None:
    (proposal,) = await house.learn(ARTICLE)
    page, lead = await enter("reviewer"), await enter("lead")
    await _open(page, proposal)
    looking = page.locator("#looking")
    await expect(looking).to_be_empty()

    await lead.goto(f"/proposals/{proposal.id}")
    await expect(looking).to_have_text("lead is looking at this, too.")
    await lead.goto("/knowledge")
    await expect(looking).to_be_empty()
    assert await page.evaluate(_IS_SAME)


async def test_the_inbox_changes_where_it_is(house: House, enter: SignIn) -> None:
    (first,) = await house.learn(ARTICLE)
    page = await enter("reviewer")
    await page.goto("/")
    await page.evaluate("window.stillTheSamePage = true")
    row = page.locator(f'[data-proposal="{first.id}"]')
    box = row.get_by_role("checkbox")
    await box.check()
    await expect(page.locator(".live-count")).to_have_text("1")

    await house.post("lead", f"/v1/proposals/{first.id}/claim", {})
    await expect(row).to_contain_text("with lead", timeout=_TIMEOUT_MS)
    await expect(box).to_be_checked()
    await expect(box).to_be_focused()

    await submit_wave(house.people.integration, [_without_items(POLICY)], {})
    bar = page.locator(".live-bar")
    await expect(bar).to_contain_text("1 new", timeout=_TIMEOUT_MS)
    await expect(page.locator("[data-proposal]")).to_have_count(1)
    await bar.get_by_role("button").click()
    await expect(page.locator("[data-proposal]")).to_have_count(2)
    await expect(bar).to_be_empty()
    await expect(box).to_be_checked()
    await expect(page.locator(".live-count")).to_have_text("2")

    await _lead_approves(house, first)
    await expect(bar).to_contain_text("1 no longer here", timeout=_TIMEOUT_MS)
    await expect(row).to_be_visible()
    assert await page.evaluate(_IS_SAME)


def _without_items(gap: str) -> JsonObject:
    row = first_of(gap)
    agent = row["agent"]
    assert isinstance(agent, dict)
    return {**row, "agent": {**agent, "items_used": []}}


async def _lead_approves(house: House, proposal: ListedProposal) -> None:
    shown = await house.people.lead.proposal(proposal.id)
    await house.people.lead.decide(proposal.id, Verdict.APPROVE, shown.content_hash)


async def test_one_tab_listens_for_all_of_a_browser(house: House, enter: SignIn) -> None:
    (proposal,) = await house.learn(ARTICLE)
    first = await enter("reviewer")
    streams: list[Page] = []
    first.context.on(
        "request",
        lambda request: streams.append(request.frame.page) if "/v1/events" in request.url else None,
    )
    async with first.expect_request("**/v1/events**"):
        await first.reload()
    second = await first.context.new_page()
    await second.goto(f"/proposals/{proposal.id}")
    await house.post(
        "lead", f"/v1/proposals/{proposal.id}/comments", {"body": "Mind the second sentence."}
    )
    await expect(second.locator(".live-news")).to_contain_text(
        "lead commented", timeout=_TIMEOUT_MS
    )
    assert set(streams) == {first}

    async with second.expect_request("**/v1/events**"):
        await first.close()
    await house.post("lead", f"/v1/proposals/{proposal.id}/claim", {})
    await expect(second.locator(".live-news")).to_contain_text("lead changed whose it is")
