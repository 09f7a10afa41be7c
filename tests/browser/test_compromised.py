"""A browser that would run scripts opens what an attacker's analyst has drafted; none runs."""

from uuid import uuid4

from store.database import Database
from tests.api.rows import Rows
from tests.browser.conftest import SignIn
from tests.browser.house import House
from tests.security.wishes import Target, call_home, hide_and_flood, hostile_tool, run_a_script

_NOBODY = Target((), uuid4())
_WISHES = [
    *run_a_script(_NOBODY)[:12:3],
    *call_home(_NOBODY)[::5],
    *hide_and_flood(_NOBODY)[9::6],
    hostile_tool(_NOBODY)[0],
]


async def test_no_page_of_a_wish_runs_asks_or_complains(house: House, enter: SignIn) -> None:
    async with Database(house.database_url) as database:
        rows = Rows(database, house.workspace)
        made = [await rows.proposal(wish, title=wish.content.title[:200]) for wish in _WISHES]
    page = await enter("lead")
    for proposal in made:
        for path in (f"/proposals/{proposal.id}", f"/proposals/{proposal.id}/edit"):
            answer = await page.goto(path)
            assert answer is not None
            assert answer.ok
