"""What the pages hold for the script that keeps them up to date."""

import re

from domain.proposals import ProposalStatus
from store.events import find_last_position
from tests.api.browser import Person
from tests.api.rows import Rows


async def test_the_script_learns_how_many_wait(reviewer: Person, rows: Rows) -> None:
    await rows.proposal()
    parked = await rows.proposal()
    await rows.move(parked.id, ProposalStatus.PARKED)

    answer = await reviewer.get("/live/counts")

    assert answer.json() == {"waiting": 1}


async def test_a_proposals_page_says_which_event_it_stands_behind(
    reviewer: Person, rows: Rows
) -> None:
    proposal = await rows.proposal()
    async with rows.database.transaction(rows.workspace) as connection:
        last = await find_last_position(connection, rows.workspace)

    page = await reviewer.get(f"/proposals/{proposal.id}")

    [position] = re.findall(r'data-live-proposal="[^"]+" data-position="(\d+)"', page.text)
    assert int(position) == last > 0


async def test_a_page_that_waits_looks_again_by_itself_without_scripts_only(
    reviewer: Person, rows: Rows
) -> None:
    waiting = await rows.proposal(review=False)
    settled = await rows.proposal()
    refresh = '<noscript data-settles><meta http-equiv="refresh" content="2"></noscript>'

    assert refresh in (await reviewer.get(f"/proposals/{waiting.id}")).text
    assert 'http-equiv="refresh"' not in (await reviewer.get(f"/proposals/{settled.id}")).text
