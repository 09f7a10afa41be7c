"""Counts the before → after table, and says whether the demo's story held. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from demo.content import Expectation
from demo.highlights import Highlights
from demo.plan import LEFT_WAITING, PLANTED_RULE, REJECTED_GAP
from demo.story import Asked, Ending, Learned
from domain.conversation import InterventionStatus
from domain.proposals import ProposalStatus

_LEAST_APPLIED = 6


@dataclass(frozen=True)
class Change:
    """One query before and after; `waits` if a proposal for its gap is still open."""

    before: Asked
    after: Asked
    waits: bool


@dataclass(frozen=True)
class Tally:
    """The table's counts, wrong answers apart."""

    queries: int
    right_before: int
    right_after: int
    wrong_before: int
    wrong_after: int
    handed_off_before: int
    handed_off_after: int
    rightly_handed_off: int
    waiting: int


def changes_of(before: Sequence[Asked], after: Sequence[Asked], learned: Learned) -> list[Change]:
    """Return each query's two endings beside each other."""
    open_keys = {learned.key_of(p) for p in learned.proposals if not p.status.is_final}
    return [
        Change(old, new, waits=new.query.gap_key is not None and new.query.gap_key in open_keys)
        for old, new in zip(before, after, strict=True)
    ]


def tally(changes: Sequence[Change]) -> Tally:
    """Return the counts."""

    def count(ending: Ending, asked: Sequence[Asked]) -> int:
        return sum(entry.ending is ending for entry in asked)

    before = [change.before for change in changes]
    after = [change.after for change in changes]
    off = [change for change in changes if change.after.ending is Ending.HANDED_OFF]
    return Tally(
        queries=len(changes),
        right_before=count(Ending.RIGHT, before),
        right_after=count(Ending.RIGHT, after),
        wrong_before=count(Ending.WRONG, before),
        wrong_after=count(Ending.WRONG, after),
        handed_off_before=count(Ending.HANDED_OFF, before),
        handed_off_after=len(off),
        rightly_handed_off=sum(c.after.query.expects is Expectation.HANDOFF for c in off),
        waiting=sum(change.waits for change in off),
    )


def what_did_not_hold(learned: Learned, changes: Sequence[Change], shown: Highlights) -> list[str]:
    """Return a sentence for each part of the story that did not come true; none if all held."""
    return [
        *_unread(learned),
        *_planted(learned),
        *_not_applied(learned),
        *_badly_answered(learned, changes),
        *_not_rejected(learned),
        *_not_shown(shown),
    ]


def _unread(learned: Learned) -> list[str]:
    bad = {InterventionStatus.RECEIVED, InterventionStatus.ANALYZING, InterventionStatus.FAILED}
    return [
        f"{line.source} {line.external_id} is {line.status}"
        for line in learned.details
        if line.status in bad
    ]


def _planted(learned: Learned) -> list[str]:
    planted = [
        detail
        for posted, detail in zip(learned.posted, learned.details, strict=True)
        if posted.origin == PLANTED_RULE
    ]
    return [f"the planted rule became '{p.title}'" for detail in planted for p in detail.proposals]


def _not_applied(learned: Learned) -> list[str]:
    proposals = learned.proposals
    keys = applied_keys(learned)
    problems = [
        f"'{p.title}' was approved and is {p.status}"
        for p in proposals
        if p.status in {ProposalStatus.APPROVED, ProposalStatus.CONFLICTED}
    ]
    if len(keys) < _LEAST_APPLIED:
        problems.append(f"only {len(keys)} gaps were closed, of at least {_LEAST_APPLIED}")
    open_keys = {learned.key_of(p) for p in proposals if p.status is ProposalStatus.IN_REVIEW}
    problems += [f"no proposal waits for '{key}'" for key in LEFT_WAITING if key not in open_keys]
    return problems


def _not_rejected(learned: Learned) -> list[str]:
    of_gap = [p for p in learned.proposals if learned.key_of(p) == REJECTED_GAP]
    if not of_gap:
        return [f"no proposal for '{REJECTED_GAP}' was there to be rejected"]
    return [
        f"'{p.title}' was to be rejected and is {p.status}"
        for p in of_gap
        if p.status is not ProposalStatus.REJECTED
    ]


def _not_shown(shown: Highlights) -> list[str]:
    parts = {
        "no proposal was supported by more than one intervention": shown.merged,
        "no proposal was found to contradict an item": shown.contradiction,
        "no case of what was rejected was held back": shown.held_back,
        "the planted rule was not seen to be refused": shown.refused,
        "no personal data was seen to be replaced": shown.redacted,
    }
    return [problem for problem, part in parts.items() if part is None]


def applied_keys(learned: Learned) -> set[str]:
    """Return the gaps whose proposals took effect."""
    applied = (p for p in learned.proposals if p.status is ProposalStatus.APPLIED)
    return {key for p in applied if (key := learned.key_of(p)) is not None}


def _badly_answered(learned: Learned, changes: Sequence[Change]) -> list[str]:
    closed = applied_keys(learned)
    problems: list[str] = []
    for change in changes:
        query, ending = change.after.query, change.after.ending
        should = query.gap_key is None or query.gap_key in closed
        if ending is Ending.WRONG or (should and not change.after.as_it_should):
            problems.append(f"'{query.query}' ended as: {ending}")
    return problems
