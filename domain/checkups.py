"""The regular checkup of what agents know: what it finds, what it proposes, when it is quiet."""

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, Field

from domain.base import Model
from domain.item_health import HealthState, ItemHealth, idle_for
from domain.knowledge import ItemKind

ASKED_BY = "checkup"
"""In whose name the checkup asks: nobody's, so that it is no one's approval either."""

MAX_PROPOSED = 20
"""How many proposals one run makes, the worst first: people read each of them."""

MAX_QUARANTINED = 5
"""How many articles one run takes out: more at once speak of a fault in what was reported."""

AGAIN_AFTER = timedelta(days=90)
"""After how long what people have declined is proposed again, if it still holds."""

_STRONGER = 2


class CheckupStart(StrEnum):
    """What made a checkup begin. Who asked for one is in the audit."""

    SCHEDULE = "schedule"
    REQUEST = "request"


class DriftCause(StrEnum):
    """Why an item should be looked at; the worst first."""

    FAILING = "failing"
    CONTRADICTED = "contradicted"
    DUPLICATE = "duplicate"
    UNUSED = "unused"


class DriftHandling(StrEnum):
    """What a run did about what it found."""

    PROPOSED = "proposed"
    ALREADY_OPEN = "already_open"
    DECLINED_BEFORE = "declined_before"
    NEXT_TIME = "next_time"
    QUARANTINED = "quarantined"
    SPARED = "spared"


class Suspect(Model):
    """An item that drifts, and why.

    `other_id` is the newer item that contradicts it, or the one that says the same; `similarity`
    is how near the two are in meaning. `strength` orders suspects of one cause, `evidence` is what
    must double before people who have declined are asked again.
    """

    item_id: UUID
    kind: ItemKind
    revision: int
    cause: DriftCause
    health: ItemHealth
    other_id: UUID | None = None
    similarity: float | None = Field(default=None, ge=0, le=1)
    strength: float
    evidence: int = Field(ge=1)


class Found(Suspect):
    """A suspect as a run has recorded it, and what came of it."""

    title: str = ""
    other_title: str = ""
    handling: DriftHandling
    request_id: UUID | None = None
    found_at: AwareDatetime


class Asked(Model):
    """What was proposed about an item for one cause before, and whether people have declined it."""

    item_id: UUID
    cause: DriftCause
    revision: int
    evidence: int
    asked_at: AwareDatetime
    is_declined: bool


class Checkup(Model):
    """One run, and how much it looked at, found and proposed."""

    id: UUID
    started_by: CheckupStart
    examined: int
    found: int
    proposed: int
    finished_at: AwareDatetime


def suspect_alone(
    item_id: UUID, kind: ItemKind, revision: int, health: ItemHealth, now: datetime
) -> Suspect | None:
    """Return the item as a suspect if its own record makes it one."""
    if health.state is HealthState.FAILING:
        cause, strength, evidence = DriftCause.FAILING, 1 - health.high, health.failed
    elif health.state is HealthState.UNUSED:
        idle = idle_for(health, now)
        cause, strength, evidence = DriftCause.UNUSED, idle.total_seconds(), max(1, idle.days)
    else:
        return None
    return Suspect(
        item_id=item_id,
        kind=kind,
        revision=revision,
        cause=cause,
        health=health,
        strength=strength,
        evidence=evidence,
    )


def worst_first(suspects: Iterable[Suspect]) -> list[Suspect]:
    """Return one suspect an item, for its worst cause, the worst first.

    What another is to be merged into, or retired for, is not questioned for its likeness as well:
    of two items that say the same one stays.
    """
    causes = list(DriftCause)
    ordered = sorted(
        suspects, key=lambda one: (causes.index(one.cause), -one.strength, str(one.item_id))
    )
    kept: dict[UUID, Suspect] = {}
    needed: set[UUID] = set()
    for suspect in ordered:
        if suspect.item_id in kept or suspect.item_id in needed or suspect.other_id in kept:
            continue
        kept[suspect.item_id] = suspect
        if suspect.other_id is not None:
            needed.add(suspect.other_id)
    return list(kept.values())


def may_ask(suspect: Suspect, before: Asked | None, now: datetime) -> bool:
    """Return whether people may be asked about a suspect, given what they said before.

    What they have declined is quiet until the item says something else, 90 days are over, or
    there is twice the evidence.
    """
    if before is None or not before.is_declined or suspect.revision != before.revision:
        return True
    return now - before.asked_at >= AGAIN_AFTER or suspect.evidence >= _STRONGER * before.evidence


def reason_for(suspect: Suspect, now: datetime, *, other_title: str = "") -> str:
    """Return why the checkup asks, in plain words with figures."""
    health = suspect.health
    match suspect.cause:
        case DriftCause.FAILING:
            return f"Its answers do not hold. {_record(health)} {_bound(health)}"
        case DriftCause.CONTRADICTED:
            return (
                f'It contradicts "{other_title}", which is newer, and the two answer the same '
                f"question. {_record(health)} If both are right, reject this and say in each when "
                "it applies."
            )
        case DriftCause.DUPLICATE:
            return (
                f'"{other_title}" says the same and is used at least as often. {_record(health)} '
                "The questions that find this one will find the other."
            )
        case DriftCause.UNUSED:
            idle = idle_for(health, now).days
            return (
                f"No answer has rested on it for {idle} days, though others of its kind were used. "
                f"It says what it says since {_day(health.since)}."
            )


def quarantine_reason(health: ItemHealth, switched_on_by: str) -> str:
    """Return why the quarantine policy takes an article out, and whose policy that is."""
    return (
        f"The quarantine policy that {switched_on_by} switched on takes out articles whose answers "
        f"keep failing. {_record(health)} {_bound(health)}"
    )


def return_reason(taken_out_because: str) -> str:
    """Return why people are asked whether an article that was quarantined comes back."""
    return (
        f"{taken_out_because} Agents do not see it now. Approve to bring it back as it was, edit "
        "it to bring it back mended, or reject to leave it out."
    )


def _record(health: ItemHealth) -> str:
    if not health.used:
        return f"No answer has rested on it since {_day(health.since)}."
    answers = "1 answer" if health.used == 1 else f"{health.used} answers"
    known = health.stayed + health.failed
    pending = f", {health.pending} are too recent to tell" if health.pending else ""
    return (
        f"{answers} rested on it since {_day(health.since)}: {health.stayed} of {known} stayed "
        f"answered, {health.failed} were wrong or needed a human after all{pending}."
    )


def _bound(health: ItemHealth) -> str:
    return f"With 95% certainty fewer than {_percent(health.high)} of its answers hold."


def _percent(share: float) -> str:
    return f"{math.ceil(share * 100)}%"


def _day(moment: datetime) -> str:
    return f"{moment:%d %B %Y}".lstrip("0")
