"""Which answers rested on which revisions."""

from uuid import UUID, uuid4

from domain.outcomes import HandledBy, Span
from store import outcomes
from store.outcomes import Used
from tests.api.rows import Rows, adding, revising


async def answer(rows: Rows, *used: Used, text: str = "Where is it?") -> UUID:
    async with rows.database.transaction(rows.workspace) as connection:
        outcome = await outcomes.record_outcome(
            connection, rows.workspace, text=text, handled_by=HandledBy.AGENT, items_used=used
        )
    return outcome.id


async def served(rows: Rows, *spans: Span) -> list[tuple[UUID, int]]:
    """Return outcome and revision of each answer, after reading them page by page."""
    found: list[tuple[UUID, int]] = []
    before = None
    async with rows.database.transaction(rows.workspace) as connection:
        while page := await outcomes.list_served(
            connection, rows.workspace, spans, before=before, limit=2
        ):
            found += [(entry.outcome_id, entry.revision) for entry in page]
            before = (page[-1].outcome_id, page[-1].item_id, page[-1].revision)
        count = await outcomes.count_served(connection, rows.workspace, spans)
    assert count == len({outcome_id for outcome_id, _ in found})
    return found


async def test_answers_are_found_by_the_revisions_that_they_rested_on(rows: Rows) -> None:
    item_id, _ = await rows.item(adding())
    other, _ = await rows.item(adding("Another."))
    first = await answer(rows, Used(item_id, 1), Used(other, 1))
    later = [await answer(rows, Used(item_id, number)) for number in (2, 3, 4)]
    await answer(rows, Used(other, 3))

    assert await served(rows, Span(item_id, 2, 3)) == [(later[1], 3), (later[0], 2)]
    assert await served(rows, Span(item_id, 1, 1), Span(other, 1, 2)) == [(first, 1), (first, 1)]
    assert await served(rows) == []


async def test_without_a_revision_it_is_the_head_of_the_moment(rows: Rows) -> None:
    item_id, _ = await rows.item(adding())
    before = await answer(rows, Used(item_id))
    await rows.item(revising(item_id, "Later."))
    after = await answer(rows, Used(item_id), Used(item_id))

    assert await served(rows, Span(item_id, 1, 9)) == [(after, 2), (before, 1)]


async def test_what_is_no_item_here_is_ignored(rows: Rows, elsewhere: Rows) -> None:
    foreign, _ = await elsewhere.item(adding())
    await answer(rows, Used(foreign), Used(uuid4(), 1))

    assert await served(rows, Span(foreign, 1, 9)) == []
    assert await served(elsewhere, Span(foreign, 1, 9)) == []
