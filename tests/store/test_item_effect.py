"""What one item has brought: its cases by revision, and what was prevented since it was learned."""

from uuid import UUID

from domain.metrics import Ends
from store.database import Database
from store.item_effect import InForce, ItemEffect, measure_item
from tests.store.learning_rows import NOW, LearningRows, hours_ago


async def measure(
    database: Database, workspace: str, item_id: UUID, *revisions: InForce
) -> ItemEffect:
    """Return the item's effect at NOW."""
    async with database.transaction(workspace) as connection:
        return await measure_item(connection, workspace, item_id, revisions, now=NOW)


async def test_cases_count_for_the_revision_that_was_in_force(
    database: Database, workspace: str, made: LearningRows
) -> None:
    item = made.release(hours_ago(400))
    made.outcome(hours_ago(300), items=(item,), correct=True)
    made.outcome(hours_ago(290), items=(item,), correct=False)
    made.release(hours_ago(200), item_id=item, revision=2)
    made.outcome(hours_ago(100), items=(item,))
    made.outcome(hours_ago(1), items=(item,))
    made.outcome(hours_ago(1), "human", guess=item)
    second = InForce(revision=2, since=hours_ago(200), until=None)
    first = InForce(revision=1, since=hours_ago(400), until=hours_ago(200))

    found = await measure(database, workspace, item, second, first)

    assert [stretch.ends for stretch in found.stretches] == [
        Ends(right=1, unsettled=1, handed_off=1),
        Ends(right=1, wrong=1),
    ]
    assert found.learned is None


async def test_what_a_learned_item_has_prevented_is_told_from_before_and_after(
    database: Database, workspace: str, made: LearningRows
) -> None:
    cases = tuple(made.intervention(hours_ago(500 + at)) for at in range(3))
    proposal = made.proposal(hours_ago(450), status="applied", evidence=cases)
    item = made.release(hours_ago(400), proposal)
    for at in range(4):
        made.outcome(hours_ago(100 + at), items=(item,), correct=True)

    found = await measure(database, workspace, item)

    assert found.learned is not None
    assert (found.learned.before, found.learned.before_human) == (3, 3)
    assert found.learned.prevented == 4
