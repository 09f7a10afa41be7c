"""How an item fares: what became of the answers that rested on it, and what follows from that."""

import math
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from pydantic import AwareDatetime, Field

from domain.base import Model

SETTLES_AFTER = timedelta(days=3)
"""An answer that nobody has called right or wrong stayed answered if no human came in till then."""

ONE_SIDED = 0.95
"""How sure `low` and `high` are, each by itself."""

_PRIOR = 0.5
_STEPS = 60
_TERMS = 500
_TINY = 1e-300


class HealthState(StrEnum):
    """How an item stands."""

    HEALTHY = "healthy"
    UNUSED = "unused"
    FAILING = "failing"
    CONTRADICTED = "contradicted"
    QUARANTINED = "quarantined"


class TrackRecord(Model):
    """What became of the answers that rested on an item's present revision.

    `stayed` and `failed` are known: nobody had to come in after, or a human did (or the answer was
    called wrong). `pending` are too recent to tell. `last_used_at` is of any revision.
    """

    since: AwareDatetime
    stayed: int = Field(default=0, ge=0)
    failed: int = Field(default=0, ge=0)
    pending: int = Field(default=0, ge=0)
    last_used_at: AwareDatetime | None = None

    @property
    def used(self) -> int:
        """How many answers rested on it."""
        return self.stayed + self.failed + self.pending


class ItemHealth(Model):
    """An item's record, and what share of its answers stays answered.

    `confidence` is the mean of that share, `low` and `high` are what it exceeds or falls short of
    with a probability of 95% each; without any answer they say next to nothing.
    """

    state: HealthState
    used: int
    stayed: int
    failed: int
    pending: int
    confidence: float = Field(ge=0, le=1)
    low: float = Field(ge=0, le=1)
    high: float = Field(ge=0, le=1)
    since: AwareDatetime
    last_used_at: AwareDatetime | None

    @property
    def stayed_share(self) -> float | None:
        """The share of the answers of known end that stayed answered; None without any."""
        known = self.stayed + self.failed
        return self.stayed / known if known else None


class Bar(NamedTuple):
    """From when on an item counts as failing: so many failures, and less than so much that holds.

    The share is compared with the upper bound, so that bad luck alone does not pass it.
    """

    failures: int
    holds_below: float

    def is_passed_by(self, health: ItemHealth) -> bool:
        """Return whether the evidence is enough."""
        return health.failed >= self.failures and health.high < self.holds_below


FAILING = Bar(failures=3, holds_below=0.7)
"""For a proposal, which people judge."""

QUARANTINE = Bar(failures=5, holds_below=0.5)
"""For taking an article out before anybody has looked: more of its answers fail than hold."""


def health_of(record: TrackRecord, *, now: datetime, unused_after: timedelta) -> ItemHealth:
    """Return how an item fares by its own record alone.

    The share that stays answered has the posterior Beta(1/2 + stayed, 1/2 + failed) of Jeffreys'
    prior, and the bounds are its quantiles: Brown, Cai and DasGupta, "Interval Estimation for a
    Binomial Proportion", Statistical Science 16 (2001), section 4.1.
    """
    a, b = _PRIOR + record.stayed, _PRIOR + record.failed
    health = ItemHealth(
        state=HealthState.HEALTHY,
        used=record.used,
        stayed=record.stayed,
        failed=record.failed,
        pending=record.pending,
        confidence=a / (a + b),
        low=beta_quantile(1 - ONE_SIDED, a, b),
        high=beta_quantile(ONE_SIDED, a, b),
        since=record.since,
        last_used_at=record.last_used_at,
    )
    if FAILING.is_passed_by(health):
        return health.model_copy(update={"state": HealthState.FAILING})
    if idle_for(health, now) >= unused_after:
        return health.model_copy(update={"state": HealthState.UNUSED})
    return health


def idle_for(health: ItemHealth, now: datetime) -> timedelta:
    """Return for how long nothing has rested on the item, nor was it changed."""
    return now - max(health.since, health.last_used_at or health.since)


def beta_quantile(share: float, a: float, b: float) -> float:
    """Return the x, from 0 to 1, below which `share` of the distribution Beta(a, b) lies.

    By bisection, to within 1e-15; `a` and `b` are positive.
    """
    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if _beta_below(middle, a, b) < share:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _beta_below(x: float, a: float, b: float) -> float:
    """Return I_x(a, b), the regularized incomplete beta function: dlmf.nist.gov/8.17, (iv), (v)."""
    if x <= 0 or x >= 1:
        return min(1.0, max(0.0, x))
    if x > (a + 1) / (a + b + 2):
        # The fraction converges fast on the other side only.
        return 1 - _beta_below(1 - x, b, a)
    log_front = a * math.log(x) + b * math.log1p(-x) - math.log(a)
    log_beta = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    return math.exp(log_front - log_beta) * _fraction(x, a, b)


def _fraction(x: float, a: float, b: float) -> float:
    """Return the continued fraction of I_x by the modified algorithm of Lentz."""
    value, c, d = 1.0, 1.0, 0.0
    for term in range(_TERMS):
        half = term // 2
        if term == 0:
            step = 1.0
        elif term % 2 == 0:
            step = half * (b - half) * x / ((a + term - 1) * (a + term))
        else:
            step = -(a + half) * (a + b + half) * x / ((a + term - 1) * (a + term))
        d = 1 / (1 + step * d or _TINY)
        c = 1 + step / c or _TINY
        value *= c * d
        if term and abs(c * d - 1) < 1e-15:
            break
    # The first term of Lentz' algorithm is 1 + 1/(1 + ...): only the fraction below is wanted.
    return value - 1
