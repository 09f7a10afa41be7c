"""The escalation policy of reviews, and the pure rule that says what happens when."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Any, Self, cast

from pydantic import AwareDatetime, Field, field_validator, model_validator

from domain.base import Model
from domain.identity import ApiRole
from domain.knowledge import ItemKind

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}

_LONGEST = timedelta(days=3660)
"""Longer tiers could run past the calendar's end, where a workflow cannot compute its timer."""


def parse_duration(value: Any) -> Any:
    """Return a timedelta for texts such as `30m`, `4h`, `2d`, `1w`; other values unchanged.

    Raises ValueError for bare numbers, which YAML makes of `30` and even of `1:30`.
    """
    if isinstance(value, int | float) or (isinstance(value, str) and value.strip().isdecimal()):
        raise ValueError("a duration needs a unit, such as 30m, 4h, 2d or 1w")
    if isinstance(value, str) and value[-1:] in _UNITS and value[:-1].isdecimal():
        if len(value) > 8:
            raise ValueError("the duration is too long")
        return timedelta(**{_UNITS[value[-1]]: int(value[:-1])})
    return value


def _reviews(role: ApiRole | None) -> bool:
    return role in {ApiRole.REVIEWER, ApiRole.LEAD, ApiRole.ADMIN}


class Tier(Model):
    """One step of the escalation: who should decide, by when, and when they are reminded.

    `due` and `remind` are times since the tier began.
    """

    group: ApiRole
    due: timedelta = Field(gt=timedelta(0), le=_LONGEST)
    remind: tuple[timedelta, ...] = ()

    _durations = field_validator("due", mode="before")(parse_duration)

    @field_validator("remind", mode="before")
    @classmethod
    def _read_reminders(cls, value: Any) -> Any:
        if value is None:
            return ()
        entries = cast(Sequence[Any], value if isinstance(value, list | tuple) else [value])
        return tuple(parse_duration(entry) for entry in entries)

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not _reviews(self.group):
            raise ValueError("group must be reviewer, lead or admin")
        times = (timedelta(0), *self.remind, self.due)
        if any(later <= earlier for earlier, later in pairwise(times)):
            raise ValueError("reminders must come in order, after the start and before 'due'")
        return self


class EscalationPolicy(Model):
    """How long a review waits, for whom, and how many approvals it needs; then it is parked."""

    tiers: Annotated[tuple[Tier, ...], Field(min_length=1, max_length=8)]
    approvals: int = Field(ge=1, le=5)
    one_from: ApiRole | None = None
    """At least one approval must come from this role or a higher one."""

    @model_validator(mode="after")
    def _can_be_met(self) -> Self:
        if self.one_from is not None and not _reviews(self.one_from):
            raise ValueError("one_from must be reviewer, lead or admin")
        return self


class EscalationPolicies(Model):
    """The escalation policy of each kind of change, as the YAML file gives them."""

    article: EscalationPolicy
    policy: EscalationPolicy
    tool_connection: EscalationPolicy

    @model_validator(mode="after")
    def _two_people_for_rules_and_tools(self) -> Self:
        for name in ("policy", "tool_connection"):
            if getattr(self, name).approvals < 2:
                raise ValueError(f"{name}: approvals must be 2 or more; two people decide on it")
        return self

    def of(self, kind: ItemKind) -> EscalationPolicy:
        """Return the policy for changes of `kind`."""
        policy: EscalationPolicy = getattr(self, kind.value)
        return policy


class StepKind(StrEnum):
    """What the clock does to a review. None of them approves anything."""

    REMIND = "remind"
    ESCALATE = "escalate"
    PARK = "park"


class ReviewClock(Model):
    """What `next_step` needs to know of a review: its tier, since when, and reminders sent."""

    policy: EscalationPolicy
    tier: int = Field(ge=0)
    tier_started_at: AwareDatetime
    reminders_sent: int = Field(default=0, ge=0)
    parked: bool = False

    @model_validator(mode="after")
    def _tier_exists(self) -> Self:
        if self.tier >= len(self.policy.tiers):
            raise ValueError(f"the policy has no tier {self.tier}")
        return self

    @property
    def due_at(self) -> datetime:
        """When the current tier ends."""
        return self.tier_started_at + self.policy.tiers[self.tier].due

    @property
    def group(self) -> ApiRole:
        """Who should decide in the current tier."""
        return self.policy.tiers[self.tier].group


class Step(Model):
    """The next thing that time alone will do, and when; `is_due` if that is now or past."""

    kind: StepKind
    at: AwareDatetime
    is_due: bool


def next_step(review: ReviewClock, now: datetime) -> Step | None:
    """Return what happens to the review next if nobody decides; None once it is parked.

    A tier that is due overrides reminders that were not sent in time.
    """
    if review.parked:
        return None
    tier = review.policy.tiers[review.tier]
    is_last = review.tier + 1 == len(review.policy.tiers)
    end = StepKind.PARK if is_last else StepKind.ESCALATE
    pending = tier.remind[review.reminders_sent :]
    if pending and now < review.due_at:
        at = review.tier_started_at + pending[0]
        return Step(kind=StepKind.REMIND, at=at, is_due=at <= now)
    return Step(kind=end, at=review.due_at, is_due=review.due_at <= now)


def take_step(review: ReviewClock, step: StepKind, now: datetime) -> ReviewClock:
    """Return the review after the step. After an escalation the next tier begins at `now`."""
    if step is StepKind.REMIND:
        return review.model_copy(update={"reminders_sent": review.reminders_sent + 1})
    if step is StepKind.PARK:
        return review.model_copy(update={"parked": True})
    return review.model_copy(
        update={"tier": review.tier + 1, "tier_started_at": now, "reminders_sent": 0}
    )


def restart_clock(policy: EscalationPolicy, now: datetime) -> ReviewClock:
    """Return the clock of a review that begins (again) at `now`, in the first tier."""
    return ReviewClock(policy=policy, tier=0, tier_started_at=now)
