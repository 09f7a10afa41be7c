"""Pages full of markup that others wrote, in a browser that runs scripts: none of it does a thing.

The page's watch hears what would: a dialog, a script's error, a request to another origin, and
Chromium's word on what the content security policy has stopped.
"""

from collections.abc import AsyncGenerator
from functools import partial
from urllib.parse import quote

import pytest
from playwright.async_api import Browser, expect

from embedded.stack import EmbeddedStack
from tests.browser.conftest import SignIn, door
from tests.browser.hostile import STRANGER, HostileHouse, evil, fill, harmless, short_evil
from tests.browser.house import open_house
from tests.browser.test_accessibility import SAMPLES, addresses

SHOWN = {
    *("view", "search", "person", "comment", "reason", "golden", "title", "summary", "quote"),
    *("agent_did", "human_did", "turn.text", "tool.text", "tool.name"),
    *("call.name", "call.key", "call.argument", "call.result.key", "call.result"),
    *("action.system", "action.name", "action.key", "action.argument"),
    *("resolution.decision", "resolution.information_used"),
    *("article.title", "article.question", "article.answer", "article.tag"),
    *("policy.title", "policy.rule", "policy.applies_when", "policy.exceptions"),
    *("policy.rationale", "rejected.by", "rejected.because", "comment.by"),
}
"""Fields that pages do show: that they were there as text is what the rest stands on."""


@pytest.fixture(scope="module")
async def hostile(stack: EmbeddedStack) -> AsyncGenerator[HostileHouse]:
    """A workspace full of markup."""
    async with open_house(stack.info) as house:
        yield await fill(house)


@pytest.fixture
async def enter_it(chromium: Browser, hostile: HostileHouse) -> AsyncGenerator[SignIn]:
    """Sign people in there."""
    house = hostile.house
    async with door(house, partial(chromium.new_context, base_url=house.url)) as opened:
        yield opened


async def test_no_page_runs_what_others_wrote(hostile: HostileHouse, enter_it: SignIn) -> None:
    page = await enter_it(STRANGER)
    await page.get_by_text("Save this view…").click()
    await page.get_by_label("Name of the view").fill(short_evil("view"))
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("link", name=short_evil("view"))).to_be_visible()
    shown = await harmless(page)
    text = quote(evil("search"))
    searches = [f"/?q={text}", f"/knowledge?tag={text}", f"/?{text}={text}", f"/me?next={text}"]
    ids = hostile.ids
    pages = [path.replace("to=5", "to=2").format(**ids) for path in addresses(SAMPLES)]

    for address in [*pages, *searches, f"/proposals/{hostile.waiting}"]:
        answer = await page.goto(address)
        assert answer is not None
        assert answer.ok, address
        shown |= await harmless(page)

    assert shown >= SHOWN


async def test_nothing_runs_of_what_comes_in_while_a_page_is_open(
    hostile: HostileHouse, enter_it: SignIn
) -> None:
    house, address = hostile.house, f"/proposals/{hostile.waiting}"
    inbox = await enter_it("reviewer")
    row = inbox.locator(f'[data-proposal="{hostile.waiting}"]')
    page = await inbox.context.new_page()
    await page.goto(address)
    await inbox.bring_to_front()

    await house.post(STRANGER, f"/v1{address}/claim", {})
    await house.post(STRANGER, f"/v1{address}/comments", {"body": evil("news")})
    await expect(row).to_contain_text(f"with {evil('person')}")
    assert "person" in await harmless(inbox)
    await page.bring_to_front()
    await expect(page.locator(".live-news")).to_contain_text(f"{evil('person')} commented")
    stranger = await enter_it(STRANGER)
    await stranger.goto(address)
    await expect(page.locator("#looking")).to_contain_text(f"{evil('person')} is looking")
    await harmless(page)


async def test_nothing_runs_of_a_name_that_is_completed(
    hostile: HostileHouse, enter_it: SignIn
) -> None:
    page = await enter_it("reviewer")
    await page.goto(f"/proposals/{hostile.waiting}")
    words = page.locator("#body")

    await words.press_sequentially("@per")
    await expect(page.locator("#names").get_by_role("option")).to_have_text(evil("person"))
    await harmless(page)
    await page.keyboard.press("Enter")
    await expect(words).to_have_value(f"@{evil('person')} ")
    await page.get_by_role("button", name="Comment", exact=True).click()
    await expect(page.locator(".mention").last).to_have_text(f"@{evil('person')}")
    await harmless(page)


async def test_nothing_runs_in_the_preview_of_an_edit(
    hostile: HostileHouse, enter_it: SignIn
) -> None:
    page = await enter_it("reviewer")
    await page.goto(f"/proposals/{hostile.ids['policy']}/edit")

    await page.get_by_label("Rule", exact=True).fill(evil("typed"))

    shown = page.get_by_role("region", name="Preview").locator("ins", has_text="typed")
    await expect(shown.first).to_be_visible()
    assert "policy.rationale" in await harmless(page)
