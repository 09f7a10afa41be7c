"""What an intervention's workflow knows of each of its reviews, and how it shows that to people."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

from domain import search_attributes as names
from domain.base import Message
from domain.conversation import InterventionStatus
from domain.escalation import ReviewClock, Step, StepKind, next_step
from domain.findings import Gap
from domain.knowledge import ItemKind
from domain.proposals import ProposalStatus
from workflows.messages import ReviewStatus

STATUS = SearchAttributeKey.for_keyword(names.STATUS)
GAP = SearchAttributeKey.for_keyword(names.GAP)
CHANGE_KIND = SearchAttributeKey.for_keyword(names.CHANGE_KIND)
TIER = SearchAttributeKey.for_keyword(names.TIER)
DUE = SearchAttributeKey.for_datetime(names.DUE)

_STEP_WORDS = {
    StepKind.REMIND: "reminder",
    StepKind.ESCALATE: "next tier",
    StepKind.PARK: "parking",
}


class ReviewState(Message):
    """One proposal of the workflow; `clock` is None until its review was opened."""

    proposal_id: UUID
    status: ProposalStatus
    gap: Gap
    kind: ItemKind
    clock: ReviewClock | None = None
    support: int = 1

    def step(self, now: datetime) -> Step | None:
        """Return what time alone will do next; None if it is closed or parked."""
        if self.clock is None or self.status is not ProposalStatus.IN_REVIEW:
            return None
        return next_step(self.clock, now)

    def shown(self, now: datetime) -> ReviewStatus:
        """Return the review as the status query shows it."""
        step = self.step(now)
        return ReviewStatus(
            proposal_id=self.proposal_id,
            proposal_status=self.status,
            tier=self.clock.group if self.clock else "",
            waiting_since=self.clock.tier_started_at if self.clock else None,
            next_step=step.kind if step else None,
            next_step_at=step.at if step else None,
            support=self.support,
        )


def intervention_status(reviews: Iterable[ReviewState], *, merged: int) -> InterventionStatus:
    """Return where the intervention stands by its proposals and its findings merged elsewhere."""
    statuses = {review.status for review in reviews}
    if ProposalStatus.PARKED in statuses and all(
        status.is_final or status is ProposalStatus.PARKED for status in statuses
    ):
        return InterventionStatus.PARKED
    if any(not status.is_final for status in statuses):
        return InterventionStatus.IN_REVIEW
    if ProposalStatus.APPLIED in statuses:
        return InterventionStatus.LEARNED
    if merged:
        return InterventionStatus.MERGED
    return InterventionStatus.DECLINED if statuses else InterventionStatus.NO_GAP


def search_attributes(
    status: InterventionStatus, reviews: Iterable[ReviewState]
) -> list[SearchAttributeUpdate[Any]]:
    """Return what operators filter by: that of the open review that is due first."""
    updates: list[SearchAttributeUpdate[Any]] = [STATUS.value_set(status.value)]
    waiting = [r for r in reviews if r.clock is not None and not r.status.is_final]
    if not waiting:
        return [*updates, TIER.value_unset(), DUE.value_unset()]
    first = min(waiting, key=_due)
    clock = first.clock
    if clock is None:
        return updates
    parked = clock.parked
    return [
        *updates,
        GAP.value_set(first.gap.value),
        CHANGE_KIND.value_set(first.kind.value),
        TIER.value_set("parked" if parked else clock.group.value),
        DUE.value_unset() if parked else DUE.value_set(clock.due_at),
    ]


def _due(review: ReviewState) -> tuple[bool, datetime]:
    if review.clock is None:
        raise ValueError("only opened reviews are due")
    return review.clock.parked, review.clock.due_at


def details(step: str, reviews: Iterable[ReviewState], now: datetime) -> str:
    """Return Markdown for the Temporal UI: what each review waits for, since when, what is next."""
    rows: list[str] = []
    for review in reviews:
        shown = review.shown(now)
        since = f"{shown.waiting_since:%Y-%m-%d %H:%M} UTC" if shown.waiting_since else ""
        following = (
            f"{_STEP_WORDS[shown.next_step]} at {shown.next_step_at:%Y-%m-%d %H:%M} UTC"
            if shown.next_step and shown.next_step_at
            else "nothing by time alone"
        )
        rows.append(
            f"| {review.kind} | {review.gap} | **{review.status}** | {shown.tier} | {since} "
            f"| {following} |"
        )
    if not rows:
        return step
    head = "| change | gap | status | waits for | since | next |\n|---|---|---|---|---|---|\n"
    return f"{step}\n\n{head}" + "\n".join(rows)
