"""What is measured of the loop: the figures, and the rules by which they are computed.

`docs/metrics.md` gives each formula in words; `store/metrics.py` counts.
"""

import math
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, Field

from domain.base import Model
from domain.findings import Gap
from domain.metrics_periods import Period
from domain.reviews import RejectionReason

FEW = 5
"""With fewer cases than this on either side nothing is concluded."""

MOST_CASES = 500
"""How many cases of an item are looked at on each side, the newest ones."""

_Z = 1.959963984540054


class Figure(StrEnum):
    """The figures that can be asked for by name."""

    RATES = "rates"
    LEARNING = "learning"
    APPROVAL_TIMES = "approval_times"
    GAPS = "gaps"
    EFFECT_BY_ITEM = "effect_by_item"
    EFFECT_BY_PROPOSAL = "effect_by_proposal"
    ACCEPTANCE = "acceptance"
    REJECTIONS = "rejections"
    LOAD = "load"


class Ends(Model):
    """How queries ended: each is counted in one place only.

    `right`: the agent answered, and it was called right, or nobody objected until it settled.
    `unsettled`: answered too recently to tell. `wrong`: answered, and called wrong, or a human had
    to come in afterwards. `handed_off`: a human resolved it.
    """

    right: int = Field(default=0, ge=0)
    unsettled: int = Field(default=0, ge=0)
    wrong: int = Field(default=0, ge=0)
    handed_off: int = Field(default=0, ge=0)

    @property
    def total(self) -> int:
        """How many queries there were."""
        return self.right + self.unsettled + self.wrong + self.handed_off

    @property
    def answered(self) -> int:
        """How many of them the agent answered, rightly or not."""
        return self.total - self.handed_off

    @property
    def needed_a_human(self) -> int:
        """How many the agent did not resolve alone and correctly, as far as is known."""
        return self.wrong + self.handed_off

    def share(self, part: int) -> float | None:
        """Return a part of the queries as a share; None without any."""
        return part / self.total if self.total else None

    @property
    def settled_autonomy(self) -> float | None:
        """The share that was resolved alone and is settled: the least that autonomy can be."""
        return self.share(self.right)

    @property
    def autonomy(self) -> float | None:
        """The share that was resolved alone and correctly, as far as is known by now."""
        return self.share(self.right + self.unsettled)

    def plus(self, other: "Ends") -> "Ends":
        """Return the sum."""
        return Ends(
            right=self.right + other.right,
            unsettled=self.unsettled + other.unsettled,
            wrong=self.wrong + other.wrong,
            handed_off=self.handed_off + other.handed_off,
        )


def sum_of(ends: "list[Ends]") -> Ends:
    """Return the sum of several; zero without any."""
    total = Ends()
    for one in ends:
        total = total.plus(one)
    return total


class RatePoint(Model):
    """How the queries of one step of time ended, and what came in and was approved in it."""

    start: AwareDatetime
    ends: Ends = Ends()
    interventions: int = Field(default=0, ge=0)
    approved_changes: int = Field(default=0, ge=0)


class LearningPoint(Model):
    """How the queries ended that were asked while so many approved changes were in force.

    From `changes` up to `changes_to`, which are one unless several were put together.
    """

    changes: int = Field(ge=0)
    changes_to: int = Field(ge=0)
    since: AwareDatetime
    ends: Ends = Ends()


class TierTimes(Model):
    """One tier of the escalation: how long approvals took that came in it, and what waits in it.

    Times are seconds from the review's opening to the approval that was enough.
    """

    tier: int = Field(ge=0)
    group: str
    approved: int = Field(default=0, ge=0)
    median_seconds: float | None = None
    p90_seconds: float | None = None
    open: int = Field(default=0, ge=0)
    overdue: int = Field(default=0, ge=0)
    oldest_opened_at: AwareDatetime | None = None


class ApprovalTimes(Model):
    """Time to approve by tier and over all tiers, with what waits now."""

    tiers: tuple[TierTimes, ...] = ()
    approved: int = 0
    median_seconds: float | None = None
    p90_seconds: float | None = None
    parked: int = 0

    @property
    def open(self) -> int:
        """How many reviews wait now."""
        return sum(tier.open for tier in self.tiers)

    @property
    def overdue(self) -> int:
        """How many of them have missed a deadline."""
        return sum(tier.overdue for tier in self.tiers)


class GapPoint(Model):
    """How many findings of each gap were made in one step of time."""

    start: AwareDatetime
    counts: dict[Gap, int] = Field(default_factory=dict[Gap, int])


class Direction(StrEnum):
    """What the cases before and after a change tell."""

    FEWER = "fewer"
    MORE = "more"
    UNCLEAR = "unclear"
    TOO_FEW = "too_few"
    UNUSED = "unused"


class Effect(Model):
    """Cases that concern an item, before a change and after it. A case is a query or intervention.

    `is_capped` says that only the newest MOST_CASES of a side were looked at.
    """

    item_id: UUID
    proposal_id: UUID | None = None
    title: str
    release: int
    since: AwareDatetime
    before: int = Field(ge=0)
    before_human: int = Field(ge=0)
    after: Ends = Ends()
    is_capped: bool = False
    predicted: int | None = None

    @property
    def rate_before(self) -> float | None:
        """The share of earlier cases that needed a human; None without any."""
        return self.before_human / self.before if self.before else None

    @property
    def rate_after(self) -> float | None:
        """The share of later cases that needed a human, as far as is known; None without any."""
        return self.after.share(self.after.needed_a_human)

    @property
    def prevented(self) -> int | None:
        """How many later cases would have needed a human at the earlier rate, and did not.

        Never below zero; None where there is nothing to compare with.
        """
        if self.rate_before is None or not self.after.total:
            return None
        spared = self.rate_before * self.after.total - self.after.needed_a_human
        return max(0, math.floor(spared + 0.5))

    @property
    def prevented_settled(self) -> int | None:
        """The same, of those later cases alone whose end is settled."""
        if self.rate_before is None or not self.after.total:
            return None
        settled = self.after.total - self.after.unsettled
        spared = self.rate_before * settled - self.after.needed_a_human
        return max(0, math.floor(spared + 0.5))

    @property
    def direction(self) -> Direction:
        """What may be concluded, with 95% certainty."""
        if not self.after.total:
            return Direction.UNUSED
        if self.before < FEW or self.after.total < FEW:
            return Direction.TOO_FEW
        low, high = difference_bounds(
            (self.before_human, self.before), (self.after.needed_a_human, self.after.total)
        )
        if high < 0:
            return Direction.FEWER
        return Direction.MORE if low > 0 else Direction.UNCLEAR


def difference_bounds(before: tuple[int, int], after: tuple[int, int]) -> tuple[float, float]:
    """Return the 95% bounds of the share after minus the share before; each is (hits, cases > 0).

    Method 10 of Newcombe, "Interval estimation for the difference between independent
    proportions", Statistics in Medicine 17 (1998): Wilson's bounds of each share, combined.
    """
    p, q = before[0] / before[1], after[0] / after[1]
    p_low, p_high = wilson_bounds(*before)
    q_low, q_high = wilson_bounds(*after)
    middle = q - p
    return (
        middle - math.hypot(q - q_low, p_high - p),
        middle + math.hypot(q_high - q, p - p_low),
    )


def wilson_bounds(hits: int, cases: int) -> tuple[float, float]:
    """Return Wilson's 95% bounds of a share, by E. B. Wilson, JASA 22 (1927); `cases` > 0."""
    share, z2 = hits / cases, _Z * _Z
    middle = share + z2 / (2 * cases)
    reach = _Z * math.sqrt(share * (1 - share) / cases + z2 / (4 * cases * cases))
    whole = 1 + z2 / cases
    return max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole)


class Acceptance(Model):
    """What became of one analyst's proposals that were decided."""

    analyst: str
    version: str
    model: str | None = None
    as_drafted: int = Field(default=0, ge=0)
    edited: int = Field(default=0, ge=0)
    rejected: int = Field(default=0, ge=0)

    @property
    def decided(self) -> int:
        """How many were decided."""
        return self.as_drafted + self.edited + self.rejected

    @property
    def accepted_unedited(self) -> float | None:
        """The share that was approved just as the analyst had drafted it first."""
        return self.as_drafted / self.decided if self.decided else None


class Rejections(Model):
    """How many proposals were rejected for one reason; None where none was named."""

    reason: RejectionReason | None
    count: int


class ReviewerLoad(Model):
    """One person's decisions in the period, and what is assigned to them now."""

    person: str
    approvals: int = 0
    rejections: int = 0
    change_requests: int = 0
    median_seconds: float | None = None
    assigned: int = 0
    overdue: int = 0

    @property
    def decisions(self) -> int:
        """How many times they decided."""
        return self.approvals + self.rejections + self.change_requests


class Freshness(Model):
    """When something was last heard of, and how long an answer takes to settle."""

    last_outcome_at: AwareDatetime | None = None
    last_intervention_at: AwareDatetime | None = None
    settles_after_hours: float = 72


class LearningFigures(Model):
    """All figures of one workspace and period."""

    period: Period
    taken_at: AwareDatetime
    rates: tuple[RatePoint, ...]
    before: Ends
    """How the queries of the time before ended, which was as long."""
    learning: tuple[LearningPoint, ...]
    approval_times: ApprovalTimes
    gaps: tuple[GapPoint, ...]
    effect_by_item: tuple[Effect, ...]
    effect_by_proposal: tuple[Effect, ...]
    acceptance: tuple[Acceptance, ...]
    rejections: tuple[Rejections, ...]
    load: tuple[ReviewerLoad, ...] | None = None
    """None for whoever may not see people's work."""
    freshness: Freshness

    @property
    def ends(self) -> Ends:
        """How all queries of the period ended."""
        return sum_of([point.ends for point in self.rates])

    @property
    def interventions(self) -> int:
        """How many interventions came in."""
        return sum(point.interventions for point in self.rates)
