"""What a workflow knows of each of its reviews, and how it shows that to people."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from temporalio.common import SearchAttributeKey, SearchAttributeUpdate

from domain import search_attributes as names
from domain.base import Message
from domain.change_requests import ChangeRequestStatus
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
    StepKind.REMIND: "a reminder",
    StepKind.ESCALATE: "the next tier",
    StepKind.PARK: "parking",
}


class ReviewState(Message):
    """One proposal of the workflow; `clock` is None until its review was opened."""

    proposal_id: UUID
    status: ProposalStatus
    gap: Gap | None = None
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


def intervention_status(
    reviews: Iterable[ReviewState], *, merged: int, held_back: int = 0
) -> InterventionStatus:
    """Return where the intervention stands by its proposals and what became of other findings.

    `merged` support proposals of others; `held_back` were not proposed, since people had declined
    the same before.
    """
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
    return InterventionStatus.DECLINED if statuses or held_back else InterventionStatus.NO_GAP


def change_request_status(reviews: Iterable[ReviewState]) -> ChangeRequestStatus:
    """Return where a change request stands by its proposals."""
    statuses = {review.status for review in reviews}
    under_way = {status for status in statuses if not status.is_final}
    if under_way == {ProposalStatus.PARKED}:
        return ChangeRequestStatus.PARKED
    if under_way:
        return ChangeRequestStatus.IN_REVIEW
    if ProposalStatus.APPLIED in statuses:
        return ChangeRequestStatus.APPLIED
    return ChangeRequestStatus.DECLINED


def search_attributes(
    status: str, reviews: Iterable[ReviewState]
) -> list[SearchAttributeUpdate[Any]]:
    """Return what operators filter by: that of the open review that is due first."""
    updates: list[SearchAttributeUpdate[Any]] = [STATUS.value_set(str(status))]
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
        GAP.value_set(first.gap.value) if first.gap else GAP.value_unset(),
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
    return "\n\n".join((f"**{step}**", *(_sentences(review, now) for review in reviews)))


def _sentences(review: ReviewState, now: datetime) -> str:
    cause = f"for {review.gap}" if review.gap else "as a person asked"
    what = f"{review.kind} {cause} (proposal {review.proposal_id}, support {review.support})"
    if review.clock is None or review.status is not ProposalStatus.IN_REVIEW:
        return f"- {what}: **{review.status}**".replace("_", " ")
    since = f"{review.clock.tier_started_at:%Y-%m-%d %H:%M} UTC"
    waits = f"- {what}: waits for **a {review.clock.group}** since {since}"
    step = review.step(now)
    following = f"; then {_STEP_WORDS[step.kind]} at {step.at:%Y-%m-%d %H:%M} UTC" if step else ""
    return (waits + following).replace("_", " ")


def waiting_words(review: ReviewState, kind: StepKind) -> str:
    """Return the summary of the timer, as the UI's timeline shows it."""
    group = review.clock.group if review.clock else "person"
    return f"waits for a {group}, then {_STEP_WORDS[kind]}"
