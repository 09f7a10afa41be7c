"""What a checkup makes of its suspects: order, silence after a no, and reasons."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from domain.checkups import (
    AGAIN_AFTER,
    Asked,
    DriftCause,
    Suspect,
    may_ask,
    reason_for,
    return_reason,
    suspect_alone,
    worst_first,
)
from domain.item_health import ItemHealth, TrackRecord, health_of
from domain.knowledge import ItemKind
from tests.domain.builders import NOW

ONE, TWO, THREE = (UUID(int=n) for n in (1, 2, 3))


def health(stayed: int = 0, failed: int = 0, days: int = 10) -> ItemHealth:
    since = NOW - timedelta(days=days)
    record = TrackRecord(since=since, stayed=stayed, failed=failed)
    return health_of(record, now=NOW, unused_after=timedelta(days=180))


def suspect(item_id: UUID = ONE, cause: DriftCause = DriftCause.FAILING, **more: Any) -> Suspect:
    fields: dict[str, Any] = {
        "kind": ItemKind.ARTICLE,
        "revision": 1,
        "health": health(1, 9),
        "strength": 0.5,
        "evidence": 9,
    }
    return Suspect.model_validate({**fields, "item_id": item_id, "cause": cause, **more})


def alone(found: ItemHealth) -> Suspect | None:
    return suspect_alone(ONE, ItemKind.ARTICLE, 1, found, NOW)


def test_a_healthy_item_is_no_suspect() -> None:
    assert alone(health(9, 1)) is None


def test_a_failing_item_brings_its_failures_as_evidence() -> None:
    found = alone(health(0, 4))
    assert found is not None
    assert (found.cause, found.evidence) == (DriftCause.FAILING, 4)


def test_an_unused_item_brings_its_idle_days() -> None:
    found = alone(health(days=200))
    assert found is not None
    assert (found.cause, found.evidence) == (DriftCause.UNUSED, 200)


def test_the_worst_comes_first() -> None:
    unused = suspect(ONE, DriftCause.UNUSED, strength=9e9)
    bad, worse = suspect(TWO, strength=0.3), suspect(THREE, strength=0.6)
    assert worst_first([unused, bad, worse]) == [worse, bad, unused]


def test_an_item_is_questioned_for_its_worst_cause_only() -> None:
    found = [suspect(ONE, DriftCause.UNUSED), suspect(ONE)]
    assert [one.cause for one in worst_first(found)] == [DriftCause.FAILING]


def test_of_two_that_say_the_same_one_stays() -> None:
    found = [
        suspect(ONE, DriftCause.DUPLICATE, other_id=TWO, strength=0.99),
        suspect(TWO, DriftCause.DUPLICATE, other_id=THREE, strength=0.98),
    ]
    assert [one.item_id for one in worst_first(found)] == [ONE]


def test_nothing_is_merged_into_what_fails() -> None:
    found = [suspect(TWO), suspect(ONE, DriftCause.DUPLICATE, other_id=TWO)]
    assert [one.item_id for one in worst_first(found)] == [TWO]


def asked(**more: Any) -> Asked:
    fields: dict[str, Any] = {
        "item_id": ONE,
        "cause": DriftCause.FAILING,
        "revision": 1,
        "evidence": 9,
        "asked_at": NOW - timedelta(days=1),
        "is_declined": True,
    }
    return Asked.model_validate({**fields, **more})


@pytest.mark.parametrize(
    ("before", "may"),
    [
        (None, True),
        (asked(), False),
        (asked(is_declined=False), True),
        (asked(revision=2), True),
        (asked(asked_at=NOW - AGAIN_AFTER), True),
        (asked(evidence=5), False),
        (asked(evidence=4), True),
    ],
    ids=["never", "declined", "not declined", "changed", "long ago", "not twice", "twice"],
)
def test_a_no_holds_until_there_is_more_to_say(before: Asked | None, may: bool) -> None:
    assert may_ask(suspect(), before, NOW) is may


def test_the_reason_tells_the_figures() -> None:
    said = reason_for(suspect(health=health(3, 9)), NOW)
    assert "12 answers rested on it since 21 March 2026" in said
    assert "3 of 12 stayed answered, 9 were wrong or needed a human" in said
    assert "fewer than 49% of its answers hold" in said


@pytest.mark.parametrize("cause", [DriftCause.CONTRADICTED, DriftCause.DUPLICATE])
def test_the_reason_names_the_other_item(cause: DriftCause) -> None:
    found = suspect(cause=cause, other_id=TWO, health=health())
    said = reason_for(found, NOW, other_title="Parcels")
    assert '"Parcels"' in said
    assert "No answer has rested on it since 21 March 2026." in said


def test_the_reason_of_an_unused_item_tells_for_how_long() -> None:
    found = suspect(cause=DriftCause.UNUSED, health=health(days=200))
    assert "for 200 days" in reason_for(found, NOW)


def test_people_are_told_what_each_answer_does_to_a_quarantined_article() -> None:
    assert "Approve to bring it back" in return_reason("It failed.")
