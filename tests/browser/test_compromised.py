"""A browser that would run scripts opens what an attacker's analyst has drafted; none runs."""

from uuid import uuid4

from playwright.async_api import Browser, ConsoleMessage, Dialog

from domain.identity import ApiRole
from embedded.stack import EmbeddedStack
from store.bootstrap import ensure_workspace_and_keys
from store.database import Database
from tests.api.rows import Rows
from tests.security.wishes import Target, call_home, hide_and_flood, hostile_tool, run_a_script

_NOBODY = Target((), uuid4())
_WISHES = [
    *run_a_script(_NOBODY)[:12:3],
    *call_home(_NOBODY)[::5],
    *hide_and_flood(_NOBODY)[9::6],
    hostile_tool(_NOBODY)[0],
]


async def test_no_page_of_a_wish_runs_asks_or_complains(
    stack: EmbeddedStack, chromium: Browser
) -> None:
    name, key = f"browser-{uuid4().hex[:12]}", f"ll_lead_{uuid4().hex}"
    await ensure_workspace_and_keys(stack.info.database_url, name, {ApiRole.LEAD.value: key})
    async with Database(stack.info.database_url) as database:
        rows = Rows(database, name)
        made = [await rows.proposal(wish, title=wish.content.title[:200]) for wish in _WISHES]
    heard: list[str] = []

    async def dismiss(dialog: Dialog) -> None:
        heard.append(f"dialog: {dialog.message}")
        await dialog.dismiss()

    def hear(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning", "log"}:
            heard.append(f"{message.type}: {message.text}")

    context = await chromium.new_context(base_url=stack.info.api)
    context.on("dialog", dismiss)
    context.on("console", hear)
    context.on("weberror", lambda error: heard.append(str(error.error)))
    context.on(
        "request",
        lambda request: (
            None if request.url.startswith(f"{stack.info.api}/") else heard.append(request.url)
        ),
    )
    page = await context.new_page()
    await page.goto("/")
    await page.get_by_label("API key").fill(key)
    await page.get_by_role("button", name="Sign in").click()
    for proposal in made:
        for path in (f"/proposals/{proposal.id}", f"/proposals/{proposal.id}/edit"):
            answer = await page.goto(path)
            assert answer is not None
            assert answer.ok
            await page.wait_for_load_state("load")
    await context.close()

    assert heard == []
