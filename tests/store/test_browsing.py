"""Browsing items by how their answers fared, and in the order that people ask for."""

from uuid import UUID

import pytest

from domain.outcomes import HandledBy
from store.browsing import AnswerRecord, ItemOrder, browse_items
from store.outcomes import Used, record_outcome
from tests.api.rows import Rows, adding, revising


async def serve(rows: Rows, item_id: UUID, *ends: bool | None, revision: int = 1) -> None:
    """Record answers that rested on the item, and whether each was right."""
    async with rows.database.transaction(rows.workspace) as connection:
        for correct in ends:
            await record_outcome(
                connection,
                rows.workspace,
                text="Where is it?",
                handled_by=HandledBy.AGENT,
                items_used=[Used(item_id, revision)],
                correct=correct,
            )


async def listed(
    rows: Rows,
    record: AnswerRecord | None = None,
    order: ItemOrder = ItemOrder.ADDED,
    offset: int = 0,
    limit: int = 50,
) -> list[UUID]:
    """Return the ids of the items that are listed."""
    async with rows.database.transaction(rows.workspace) as connection:
        found = await browse_items(
            connection, rows.workspace, record=record, order=order, offset=offset, limit=limit
        )
    return [each.item.id for each in found]


async def three(rows: Rows) -> tuple[UUID, UUID, UUID]:
    """Publish an item that was never used, one that was used, and one that failed."""
    made = [(await rows.item(adding(text)))[0] for text in ("One.", "Two.", "Three.")]
    await serve(rows, made[1], True, None, None)
    await serve(rows, made[2], False, True)
    return made[0], made[1], made[2]


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (None, [0, 1, 2]),
        (AnswerRecord.NEVER_USED, [0]),
        (AnswerRecord.FOLLOWED_BY_INTERVENTIONS, [2]),
        (AnswerRecord.QUARANTINED, []),
    ],
)
async def test_items_are_kept_by_what_became_of_their_answers(
    rows: Rows, record: AnswerRecord | None, expected: list[int]
) -> None:
    made = await three(rows)

    assert await listed(rows, record) == [made[place] for place in expected]


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (ItemOrder.ADDED, [0, 1, 2]),
        (ItemOrder.MOST_USED, [1, 2, 0]),
        (ItemOrder.MOST_FAILED, [2, 0, 1]),
        (ItemOrder.CHANGED, [2, 1, 0]),
    ],
)
async def test_items_come_in_the_order_that_is_asked_for(
    rows: Rows, order: ItemOrder, expected: list[int]
) -> None:
    made = await three(rows)

    assert await listed(rows, order=order) == [made[place] for place in expected]
    assert await listed(rows, order=order, offset=1, limit=1) == [made[expected[1]]]


async def test_answers_of_an_earlier_revision_say_nothing_of_the_new_one(rows: Rows) -> None:
    item_id, _ = await rows.item()
    await serve(rows, item_id, False)
    await rows.item(revising(item_id, "Refunds take 2 days."))

    assert await listed(rows, AnswerRecord.NEVER_USED) == [item_id]
