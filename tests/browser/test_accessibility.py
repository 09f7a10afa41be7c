"""axe finds nothing on any page, light and dark, at a desk and on a phone; none is too wide.

A new page needs a sample address here, or the first test fails.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

import pytest
from fastapi.routing import APIRoute
from playwright.async_api import Browser, Page, expect

from api.app import PAGES
from tests.browser.house import House, Museum
from tests.browser.watch import Watch

AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RUN = """async (only) => {
    const options = {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}};
    if (only.length) options.runOnly = only;
    const found = await axe.run(document, options);
    const root = document.documentElement;
    const wide = root.scrollWidth > root.clientWidth ? [`${root.scrollWidth} pixels wide`] : [];
    return [...wide, ...found.violations.flatMap(({id, impact, nodes}) =>
        nodes.map((node) => `${impact} ${id}: ${node.target.join(" ")} ${node.html.slice(0, 120)}`)
    )];
}"""
UNFOLD = """() => {
    for (const each of document.querySelectorAll("details:not(.menu)")) each.open = true;
}"""
SCHEMES: Mapping[Literal["light", "dark"], tuple[str, ...]] = {
    "light": (),
    "dark": ("color-contrast",),
}
"""The rules that are run; none means all."""

WIDTHS = (1280, 375)
HEIGHT = 900

SAMPLES: Mapping[str, tuple[str, ...]] = {
    "/": ("/", "/?status=all", "/?status=parked"),
    "/ask": ("/ask",),
    "/checkup": ("/checkup",),
    "/dashboard": ("/dashboard",),
    "/golden": ("/golden",),
    "/interventions": ("/interventions",),
    "/interventions/{intervention_id}": ("/interventions/{intervention}",),
    "/knowledge": ("/knowledge", "/knowledge?as_of=1", "/knowledge?status=retired"),
    "/knowledge/{item_id}": ("/knowledge/{item}",),
    "/knowledge/{item_id}/compare": ("/knowledge/{item}/compare?from=1&to=1",),
    "/me": ("/me",),
    "/me/notifications": ("/me/notifications",),
    "/proposals/{proposal_id}": (
        "/proposals/{applied}",
        "/proposals/{policy}",
        "/proposals/{tool}",
    ),
    "/proposals/{proposal_id}/edit": ("/proposals/{policy}/edit", "/proposals/{tool}/edit"),
    "/releases": ("/releases",),
    "/releases/compare": ("/releases/compare?from=0&to=5", "/releases/compare?from=1&to=1"),
    "/suppressions": ("/suppressions",),
}
"""Where each page is looked at; what stands in braces on the right is an id of the house."""

SIGNED_OUT = {
    "/login": ("/login", "/login?next=/knowledge"),
    "/login/link/{token}": ("/login/link/no",),
    "/confirm-email/{token}": ("/confirm-email/no",),
    "/unsubscribe/{token}": ("/unsubscribe/no",),
}
"""Pages for people who have not signed in."""

NO_PAGES = {
    "/dashboard/charts/{figure}.svg": "a picture on the dashboard",
    "/dashboard/{figure}.csv": "a file",
    "/live/counts": "a part of a page",
    "/knowledge/search": "leads back to where one searches",
    "/login/oidc": "leads to the organisation's own page",
    "/login/oidc/callback": "leads on",
}


PATHS = {
    route.path
    for router in PAGES
    for route in router.routes
    if isinstance(route, APIRoute) and "GET" in (route.methods or ())
}


def test_every_page_has_a_sample_address() -> None:
    assert PATHS - {*SAMPLES, *SIGNED_OUT, *NO_PAGES} == set()


def addresses(samples: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return the addresses of those pages that there are."""
    return [address for path, each in samples.items() if path in PATHS for address in each]


@dataclass
class Tour:
    """A house with something in every room, and a browser that runs scripts."""

    house: House
    page: Page
    ids: dict[str, str]

    async def sign_in(self) -> None:
        """Sign an administrator in, who is offered the most."""
        await self.page.goto("/login")
        await self.page.get_by_label("API key").fill(self.house.keys["admin"])
        await self.page.get_by_role("button", name="Sign in").first.click()
        await self.page.wait_for_url(f"{self.house.url}/")

    async def look(self, *widths: int) -> list[str]:
        """Return what axe finds on the page that is open, for each width.

        In the dark the colours alone differ, and those of a phone are those of a desk.
        """
        found: list[str] = []
        await self.page.evaluate(UNFOLD)
        await self.page.evaluate(AXE)
        for width in widths or WIDTHS:
            await self.page.set_viewport_size({"width": width, "height": HEIGHT})
            for scheme, only in SCHEMES.items():
                if scheme == "dark" and width == min(WIDTHS):
                    continue
                await self.page.emulate_media(color_scheme=scheme)
                seen: list[Any] = await self.page.evaluate(RUN, only)
                found += [f"{self.page.url} {scheme} {width}: {problem}" for problem in seen]
        return found


@pytest.fixture
async def tour(museum: Museum, chromium: Browser) -> AsyncGenerator[Tour]:
    """A tour of the house by a browser of its own."""
    watch = Watch(museum.house.url)
    context = await chromium.new_context(base_url=museum.house.url, reduced_motion="reduce")
    watch.over(context)
    yield Tour(museum.house, await context.new_page(), museum.ids)
    await context.close()
    assert watch.complaints() == []


@pytest.mark.parametrize("width", WIDTHS)
async def test_axe_finds_nothing_on_any_page(tour: Tour, width: int) -> None:
    found: list[str] = []
    for address in addresses(SIGNED_OUT):
        await tour.page.goto(address)
        found += await tour.look(width)
    await tour.sign_in()
    for address in addresses(SAMPLES):
        answer = await tour.page.goto(address.format(**tour.ids))
        if answer is None or not answer.ok:
            found.append(f"{address}: {answer and answer.status}")
        found += await tour.look(width)

    assert found == []


async def test_axe_finds_nothing_on_what_forms_lead_to(tour: Tour) -> None:
    found: list[str] = []
    await tour.sign_in()
    await tour.page.goto("/ask")
    await tour.page.locator("#query").fill("Can I put my rental into my sister's name?")
    await tour.page.locator("#as_of").fill("1")
    await tour.page.locator("main form .primary").click()
    await tour.page.locator("#h-now").wait_for()
    found += await tour.look()
    await tour.page.goto("/knowledge")
    await tour.page.locator("#query").fill("Can I put my rental into my sister's name?")
    await tour.page.keyboard.press("Enter")
    await tour.page.locator("#h-found").wait_for()
    found += await tour.look()
    await tour.page.goto("/nothing/here")
    found += await tour.look()

    assert found == []


async def test_the_menu_of_a_narrow_page_is_reached_by_keyboard(tour: Tour) -> None:
    await tour.sign_in()
    await tour.page.set_viewport_size({"width": 375, "height": HEIGHT})
    await tour.page.goto("/knowledge")
    menu = tour.page.locator("nav .menu > summary")

    await menu.focus()
    await tour.page.keyboard.press("Enter")
    await tour.page.keyboard.press("Tab")
    first = tour.page.locator("nav .menu a").first
    await expect(first).to_be_focused()
    leads_to = await first.get_attribute("href")
    await tour.page.keyboard.press("Enter")

    await tour.page.wait_for_url(f"{tour.house.url}{leads_to}")


async def test_paper_gets_the_content_and_not_the_controls(tour: Tour) -> None:
    await tour.sign_in()
    await tour.page.goto(f"/proposals/{tour.ids['policy']}")

    await tour.page.emulate_media(media="print", color_scheme="dark")

    await expect(tour.page.get_by_role("heading", level=1)).to_be_visible()
    await expect(tour.page.locator("header.top")).to_be_hidden()
    assert await tour.page.locator("main button:visible").count() == 0
    white = await tour.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert white == "rgb(255, 255, 255)"
