"""What an item has brought, as its page tells it."""

from domain.outcomes import HandledBy
from store.outcomes import Used, record_outcome
from tests.api.browser import Person, text_of
from tests.api.rows import Rows


async def test_an_items_page_tells_how_its_answers_ended(reviewer: Person, rows: Rows) -> None:
    item_id, _ = await rows.item()
    for correct in (True, True, False):
        async with rows.database.transaction(rows.workspace) as connection:
            await record_outcome(
                connection,
                rows.workspace,
                text="Where is it?",
                handled_by=HandledBy.AGENT,
                items_used=[Used(item_id, 1)],
                correct=correct,
            )

    said = text_of(await reviewer.get(f"/knowledge/{item_id}"))

    assert "no before to compare with" in said
    heads = "Stayed answered Too recent Human after Handed over"
    assert heads in said
    told = said.split(heads)[1].split()
    assert told[:3] == ["Revision", "1", "since"]
    assert told[5:9] == ["2", "0", "1", "0"]


async def test_an_earlier_moment_tells_nothing_of_what_came_later(
    reviewer: Person, rows: Rows
) -> None:
    item_id, _ = await rows.item()
    await rows.item()

    page = await reviewer.get(f"/knowledge/{item_id}?as_of=1")

    assert "What it has brought" not in page.text
