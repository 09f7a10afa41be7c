"""Takes pictures of every page: `make screenshots` (needs Chromium).

Of the demo that runs in this folder, or of one that is started for it in a temporary folder. Each
page is taken light, dark and on a phone into docs/screenshots; the README's pictures into
docs/images.
"""

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal
from uuid import UUID

from playwright.async_api import Browser, Page, async_playwright

from client.api import LearningLoop
from client.connection import Target
from demo.run import Demo, Ends
from demo.teller import Teller
from domain.knowledge import ItemKind
from domain.proposals import ProposalStatus
from embedded.home import StackInfo
from embedded.stack import EmbeddedStack
from embedded.up import default_home, run_stack

_DOCS = Path(__file__).parent.parent / "docs"
IMAGES = _DOCS / "images"
SCREENSHOTS = _DOCS / "screenshots"
CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_TALLEST = 2_000
_QUERY = "Are we allowed to take our rented violin abroad on a holiday in Italy?"
"""The demo's agent hands it off first, and answers it from what it has learned."""


class Door(StrEnum):
    """Who a page is shown to."""

    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"


@dataclass(frozen=True)
class Shot:
    """A page: the route of `api.app.PAGES` that it is of, and the address, with ids in braces.

    `typed` is written into its fields, by their ids, and sent.
    """

    name: str
    route: str
    address: str
    door: Door = Door.SIGNED_IN
    typed: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class View:
    """How a page is looked at."""

    name: str
    width: int
    height: int
    scheme: Literal["light", "dark"]


VIEWS = (
    View("light", 1280, 900, "light"),
    View("dark", 1280, 900, "dark"),
    View("phone", 375, 812, "light"),
)

SHOTS = (
    Shot("sign-in", "/login", "/login", Door.SIGNED_OUT),
    Shot("sign-in-link", "/login/link/{token}", "/login/link/none", Door.SIGNED_OUT),
    Shot("confirm-email", "/confirm-email/{token}", "/confirm-email/none", Door.SIGNED_OUT),
    Shot("unsubscribe", "/unsubscribe/{token}", "/unsubscribe/none", Door.SIGNED_OUT),
    Shot("me", "/me", "/me"),
    Shot("notifications", "/me/notifications", "/me/notifications"),
    Shot("dashboard", "/dashboard", "/dashboard"),
    Shot("inbox", "/", "/"),
    Shot("proposal", "/proposals/{proposal_id}", "/proposals/{waiting}"),
    Shot("proposal-policy", "/proposals/{proposal_id}", "/proposals/{policy}"),
    Shot("proposal-applied", "/proposals/{proposal_id}", "/proposals/{applied}"),
    Shot("edit", "/proposals/{proposal_id}/edit", "/proposals/{waiting}/edit"),
    Shot("suppressions", "/suppressions", "/suppressions"),
    Shot("interventions", "/interventions", "/interventions"),
    Shot("intervention", "/interventions/{intervention_id}", "/interventions/{intervention}"),
    Shot("knowledge", "/knowledge", "/knowledge"),
    Shot("knowledge-search", "/knowledge", "/knowledge", typed={"query": _QUERY}),
    Shot("knowledge-then", "/knowledge", "/knowledge?as_of=5"),
    Shot("item", "/knowledge/{item_id}", "/knowledge/{item}"),
    Shot("item-compare", "/knowledge/{item_id}/compare", "/knowledge/{item}/compare?from=1&to=2"),
    Shot("checkup", "/checkup", "/checkup"),
    Shot("releases", "/releases", "/releases"),
    Shot("releases-compare", "/releases/compare", "/releases/compare?from=27&to=32"),
    Shot("golden", "/golden", "/golden"),
    Shot("ask", "/ask", "/ask"),
    Shot("ask-answered", "/ask", "/ask", typed={"query": _QUERY, "as_of": "20"}),
)
"""Every page; a test holds that none is missing."""


def file_name(shot: Shot, view: View) -> str:
    """Return the picture's name, which is the same in every run."""
    return f"{shot.name}-{view.name}.png"


async def take_pages(browser: Browser, info: StackInfo, folder: Path) -> None:
    """Write every page in every view into a folder that is there."""
    ids = await find_ids(info)
    for view in VIEWS:
        for door in (Door.SIGNED_OUT, Door.SIGNED_IN):
            page = await browser.new_page(
                base_url=info.api,
                viewport={"width": view.width, "height": view.height},
                color_scheme=view.scheme,
                reduced_motion="reduce",
            )
            if door is Door.SIGNED_IN:
                await _sign_in(page, info.keys["lead"])
            for shot in (shot for shot in SHOTS if shot.door is door):
                await _take(page, shot, view, ids, folder)
            await page.close()


async def _take(page: Page, shot: Shot, view: View, ids: Mapping[str, str], folder: Path) -> None:
    await page.set_viewport_size({"width": view.width, "height": view.height})
    await page.goto(shot.address.format(**ids))
    if shot.typed:
        for field_id, text in shot.typed.items():
            await page.locator(f"#{field_id}").fill(text)
        async with page.expect_navigation():
            await page.locator("main form .primary").first.click()
    tall = await page.evaluate("document.documentElement.scrollHeight")
    height = min(max(int(tall), view.height), _TALLEST)
    await page.set_viewport_size({"width": view.width, "height": height})
    await page.screenshot(path=folder / file_name(shot, view))


async def find_ids(info: StackInfo) -> dict[str, str]:
    """Return the ids that the addresses name: of the first of each kind that the demo has."""
    async with LearningLoop(Target(url=info.api, key=info.keys["lead"])) as lead:
        waiting = [p async for p in lead.proposals(status=ProposalStatus.IN_REVIEW)]
        applied = [p async for p in lead.proposals(status=ProposalStatus.APPLIED)]
        items = [item async for item in lead.items()]
    policies = [p for p in waiting if p.change.kind is ItemKind.POLICY]
    revised = [item for item in items if item.revision > 1]
    return {
        "waiting": str(waiting[0].id),
        "policy": str((policies or waiting)[0].id),
        "applied": str(applied[0].id),
        "intervention": str(waiting[0].intervention_id),
        "item": str((revised or items)[-1].id),
    }


async def take_for_readme(browser: Browser, info: StackInfo) -> None:
    """Write the inbox, its first proposal, a revised item, and a workflow in the Temporal UI."""
    page = await browser.new_page(base_url=info.api, viewport={"width": 1200, "height": 860})
    await _sign_in(page, info.keys["lead"])
    await page.screenshot(path=IMAGES / "inbox.png")
    await page.locator("main a[href^='/proposals/']").first.click()
    await page.screenshot(path=IMAGES / "proposal.png")
    await page.goto(f"/knowledge/{UUID((await find_ids(info))['item'])}")
    await page.screenshot(path=IMAGES / "item.png")
    await _workflow(browser, info.temporal_ui)


async def _sign_in(page: Page, key: str) -> None:
    await page.goto("/login")
    await page.locator("input[type=password]").fill(key)
    await page.locator("input[type=password]").press("Enter")
    await page.wait_for_url(lambda url: "login" not in url)
    await page.goto("/")


async def _workflow(browser: Browser, temporal_ui: str) -> None:
    page = await browser.new_page(viewport={"width": 1400, "height": 800})
    query = "ExecutionStatus%3D%22Running%22"
    await page.goto(f"{temporal_ui}/namespaces/default/workflows?query={query}")
    await page.locator("a[href*='/workflows/intervention']").first.click()
    await (
        page.get_by_role("tab", name="User Metadata")
        .or_(page.get_by_role("link", name="User Metadata"))
        .first.click()
    )
    words = page.frame_locator("iframe").last.get_by_text("waits for").first
    await words.wait_for()
    await page.screenshot(path=IMAGES / "temporal.png")


async def take_all(info: StackInfo) -> None:
    """Write all pictures of a demo that is up, into folders that are there."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            await take_pages(browser, info, SCREENSHOTS)
            await take_for_readme(browser, info)
        finally:
            await browser.close()


def _of_a_demo_of_its_own() -> int:
    """Tell the demo's story on a stack of its own, photograph it, and stop it."""
    demo = Demo(Teller(), Ends.AFTER_THE_STORY)

    async def play(stack: EmbeddedStack) -> None:
        await demo.play(stack)
        await take_all(stack.info)

    with TemporaryDirectory(prefix="learning-loop-pictures-") as home:
        return run_stack(Path(home), play, demo.teller)


def main() -> int:
    """Photograph the demo of this folder, or one of its own; return the exit code."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    try:
        text = (default_home() / "stack.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        return _of_a_demo_of_its_own()
    asyncio.run(take_all(StackInfo.model_validate_json(text)))
    sys.stdout.write(f"{len(SHOTS) * len(VIEWS)} pictures are in {SCREENSHOTS}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
