"""Takes the README's pictures of a running demo: `python -m demo.screenshots` (needs Chromium)."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from playwright.async_api import Browser, Page, async_playwright

from client.api import LearningLoop
from client.connection import Target
from embedded.home import StackInfo
from embedded.up import default_home

FOLDER = Path(__file__).parent.parent / "docs" / "images"
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


async def take(api: str, key: str, temporal_ui: str) -> None:
    """Write the inbox, its first proposal, a revised item, and a workflow in the Temporal UI."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            page = await _signed_in(browser, api, key)
            await page.screenshot(path=FOLDER / "inbox.png")
            await page.locator("main a[href^='/proposals/']").first.click()
            await page.screenshot(path=FOLDER / "proposal.png")
            await page.goto(f"{api}/knowledge/{await _revised_item(api, key)}")
            await page.screenshot(path=FOLDER / "item.png")
            await _workflow(browser, temporal_ui)
        finally:
            await browser.close()


async def _signed_in(browser: Browser, api: str, key: str) -> Page:
    page = await browser.new_page(viewport={"width": 1200, "height": 860})
    await page.goto(f"{api}/login")
    await page.locator("input[type=password]").fill(key)
    await page.locator("input[type=password]").press("Enter")
    await page.wait_for_url(lambda url: "login" not in url)
    await page.goto(f"{api}/")
    return page


async def _revised_item(api: str, key: str) -> UUID:
    """Return the item that was revised last."""
    async with LearningLoop(Target(url=api, key=key)) as lead:
        revised = [item async for item in lead.items() if item.revision > 1]
    return revised[-1].id


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
    await page.screenshot(path=FOLDER / "temporal.png")


def main() -> int:
    """Photograph the stack that runs in this folder; return the exit code."""
    try:
        text = (default_home() / "stack.json").read_text(encoding="utf-8")
    except FileNotFoundError:
        sys.stderr.write("no stack runs in this folder: start `make demo` first\n")
        return 1
    info = StackInfo.model_validate_json(text)
    asyncio.run(take(info.api, info.keys["lead"], info.temporal_ui))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
