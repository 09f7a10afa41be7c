"""What a change brought: cases before and after it, by hand and against a model."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import pytest

from domain.metrics import Direction, Ends
from domain.metrics_periods import MetricStep, Period
from store import metrics_effect
from store.database import Database
from store.metrics_effect import Effects
from tests.store.learning_rows import NOW, LearningRows, hours_ago

SETTLED = hours_ago(72)
PERIOD = Period(start=NOW.replace(hour=0) - timedelta(days=9), end=NOW, by=MetricStep.DAY)


async def effects_of(database: Database, workspace: str, limit: int = 20) -> Effects:
    async with database.snapshot(workspace) as connection:
        return await metrics_effect.measure_effects(
            connection, workspace, PERIOD, SETTLED, limit=limit
        )


async def test_an_added_item_is_compared_with_the_interventions_that_led_to_it(
    made: LearningRows, database: Database, workspace: str
) -> None:
    cases = tuple(made.intervention(hours_ago(130)) for _ in range(6))
    proposal_id = made.proposal(hours_ago(129), status="applied", evidence=cases)
    item = made.release(hours_ago(120), proposal_id, title="How long refunds take")
    for _ in range(5):
        made.outcome(hours_ago(100), items=(item,), guess=item)
    made.outcome(hours_ago(10), items=(item,), guess=item)
    made.outcome(hours_ago(10), "human", guess=item)
    made.intervention(hours_ago(99), made.outcome(hours_ago(100), items=(item,), guess=item))

    found = await effects_of(database, workspace)

    (effect,) = found.by_item
    assert (effect.title, effect.release) == ("How long refunds take", 1)
    assert (effect.before, effect.before_human) == (6, 6)
    assert effect.after == Ends(right=5, unsettled=1, handed_off=1, wrong=1)
    assert (effect.prevented, effect.prevented_settled) == (6, 5)
    assert effect.direction is Direction.FEWER
    (alone,) = found.by_proposal
    assert (alone.proposal_id, alone.after) == (proposal_id, effect.after)


async def test_a_revised_item_is_compared_with_its_own_past(
    made: LearningRows, database: Database, workspace: str
) -> None:
    item = made.release(hours_ago(500))
    for _ in range(3):
        made.outcome(hours_ago(200), items=(item,))
    made.outcome(hours_ago(200), "human", guess=item)
    case = made.intervention(hours_ago(149), made.outcome(hours_ago(150), items=(item,)))
    proposal_id = made.proposal(hours_ago(148), status="applied", item_id=item, evidence=(case,))
    made.release(hours_ago(140), proposal_id, item, revision=2)
    for _ in range(4):
        made.outcome(hours_ago(100), items=(item,))

    (effect,) = (await effects_of(database, workspace)).by_proposal

    assert (effect.before, effect.before_human) == (5, 2)
    assert effect.after == Ends(right=4)
    assert effect.prevented == 2
    assert effect.direction is Direction.TOO_FEW


async def test_each_proposal_is_judged_until_the_next_change_of_its_item(
    made: LearningRows, database: Database, workspace: str
) -> None:
    first = made.proposal(hours_ago(160), status="applied")
    item = made.release(hours_ago(150), first)
    made.outcome(hours_ago(140), "human", guess=item)
    second = made.proposal(hours_ago(130), status="applied", item_id=item)
    made.release(hours_ago(120), second, item, revision=2)
    made.outcome(hours_ago(110), items=(item,))

    found = await effects_of(database, workspace)

    by_id = {effect.proposal_id: effect for effect in found.by_proposal}
    assert by_id[first].after == Ends(handed_off=2)
    assert (by_id[second].before, by_id[second].before_human) == (2, 2)
    assert by_id[second].after == Ends(right=1)
    assert [effect.after for effect in found.by_item] == [Ends(right=1, handed_off=2)]


async def test_an_item_that_nobody_asked_about_yet_says_so(
    made: LearningRows, database: Database, workspace: str
) -> None:
    made.release(hours_ago(20), made.proposal(hours_ago(21), status="applied"))

    (effect,) = (await effects_of(database, workspace)).by_item

    assert (effect.direction, effect.prevented) == (Direction.UNUSED, None)


async def test_what_was_only_brought_in_is_not_told_of(
    made: LearningRows, database: Database, workspace: str
) -> None:
    item = made.release(hours_ago(20))
    made.outcome(hours_ago(10), items=(item,))

    found = await effects_of(database, workspace)

    assert (found.by_item, found.by_proposal) == ([], [])


async def test_the_items_that_most_answers_rest_on_are_told(
    made: LearningRows, database: Database, workspace: str
) -> None:
    items = [
        made.release(hours_ago(90), made.proposal(hours_ago(91), status="applied"))
        for _ in range(3)
    ]
    for uses, item in enumerate(items):
        for _ in range(uses):
            made.outcome(hours_ago(10), items=(item,))

    found = await effects_of(database, workspace, limit=2)

    assert {effect.item_id for effect in found.by_item} == set(items[1:])


@dataclass(frozen=True)
class Case:
    """What the model knows of a case of one item."""

    at: datetime
    place: str


def placed(at: datetime, handled_by: str, correct: bool | None, came_after: bool) -> str:
    if handled_by == "human":
        return "handed_off"
    if came_after or correct is False:
        return "wrong"
    return "right" if correct or at <= SETTLED else "unsettled"


@pytest.mark.parametrize("seed", [1, 2])
async def test_cases_are_those_of_a_model_that_counts_one_by_one(
    made: LearningRows, database: Database, workspace: str, seed: int
) -> None:
    random = Random(seed)
    cases: list[Case] = []
    since = hours_ago(110)
    first = made.proposal(hours_ago(220), status="applied")
    cases.append(Case(hours_ago(220), "handed_off"))
    item = made.release(since, first)
    evidence: list[UUID] = []
    for _ in range(40):
        at = hours_ago(random.uniform(0.1, 215))
        handled_by = random.choice(["agent", "human"])
        correct = random.choice([None, True, False])
        near, came_after = random.random() < 0.7, random.random() < 0.4
        leads_here = came_after and random.random() < 0.5
        used = (item,) if near and handled_by == "agent" else ()
        outcome_id = made.outcome(
            at, handled_by, correct=correct, items=used, guess=item if near else None
        )
        if came_after:
            case = made.intervention(at + timedelta(minutes=1), outcome_id)
            evidence += [case] * leads_here
        if near or leads_here:
            cases.append(Case(at, placed(at, handled_by, correct, came_after)))
    if evidence:
        made.proposal(hours_ago(1), item_id=item, evidence=tuple(evidence))

    (effect,) = (await effects_of(database, workspace)).by_item

    before = [case for case in cases if case.at < since]
    after = [case for case in cases if case.at >= since]
    assert effect.before == len(before)
    assert effect.before_human == sum(c.place in {"handed_off", "wrong"} for c in before)
    for place in Ends.model_fields:
        assert getattr(effect.after, place) == sum(case.place == place for case in after), place
