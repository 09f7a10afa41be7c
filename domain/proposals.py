"""Proposals: their legal transitions, their evidence, and their verification."""

from enum import StrEnum
from typing import Literal, Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from domain.base import Line, Model, OptionalText, Text
from domain.cases import AskResult
from domain.errors import IllegalTransitionError
from domain.findings import AnalystInfo, Finding, Gap
from domain.knowledge import Change


class ProposalStatus(StrEnum):
    """Where a proposal stands."""

    DRAFTING = "drafting"
    IN_REVIEW = "in_review"
    CHANGES_REQUESTED = "changes_requested"
    APPROVED = "approved"
    CONFLICTED = "conflicted"
    APPLIED = "applied"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    PARKED = "parked"

    @property
    def is_final(self) -> bool:
        """Whether nothing can happen to the proposal any more."""
        return not LEGAL_TRANSITIONS[self]

    @property
    def is_open(self) -> bool:
        """Whether a person may decide on it now."""
        return self is ProposalStatus.IN_REVIEW


_S = ProposalStatus

LEGAL_TRANSITIONS: dict[ProposalStatus, frozenset[ProposalStatus]] = {
    _S.DRAFTING: frozenset({_S.IN_REVIEW, _S.SUPERSEDED}),
    _S.IN_REVIEW: frozenset(
        {_S.APPROVED, _S.REJECTED, _S.CHANGES_REQUESTED, _S.PARKED, _S.SUPERSEDED}
    ),
    _S.CHANGES_REQUESTED: frozenset({_S.IN_REVIEW, _S.SUPERSEDED}),
    _S.APPROVED: frozenset({_S.APPLIED, _S.CONFLICTED}),
    _S.CONFLICTED: frozenset({_S.IN_REVIEW, _S.SUPERSEDED}),
    _S.PARKED: frozenset({_S.IN_REVIEW, _S.SUPERSEDED}),
    _S.APPLIED: frozenset(),
    _S.REJECTED: frozenset(),
    _S.SUPERSEDED: frozenset(),
}


def check_transition(current: ProposalStatus, to: ProposalStatus) -> None:
    """Raise IllegalTransitionError unless a proposal may go from `current` to `to`."""
    if to not in LEGAL_TRANSITIONS[current]:
        raise IllegalTransitionError(f"a proposal cannot go from {current} to {to}")


class ReplayEffect(StrEnum):
    """What a change does to one past query."""

    FIXED = "fixed"
    BROKEN = "broken"
    CHANGED = "changed"
    SAME = "same"


class ReplayCase(Model):
    """One past query, answered without and with the change."""

    query: Text
    intervention_id: UUID | None = None
    is_original: bool = False
    effect: ReplayEffect
    before: AskResult
    after: AskResult


class Verification(Model):
    """The replay of past queries with the change applied. `version` is the report's format."""

    version: Literal[1] = 1
    content_hash: str
    agent: Line
    cases: tuple[ReplayCase, ...] = ()
    verified_at: AwareDatetime

    def count(self, effect: ReplayEffect) -> int:
        """Return how many cases have this effect."""
        return sum(case.effect is effect for case in self.cases)

    @property
    def fixes_original(self) -> bool:
        """Whether the query that led to the proposal is answered with the change and was not."""
        return any(c.is_original and c.effect is ReplayEffect.FIXED for c in self.cases)


class Evidence(Model):
    """One intervention that shows the proposal's gap."""

    intervention_id: UUID
    finding: Finding
    ask: OptionalText = ""
    created_at: AwareDatetime


class OriginKind(StrEnum):
    """What a proposal comes from."""

    INTERVENTION = "intervention"
    CHANGE_REQUEST = "change_request"


class Origin(Model):
    """The one intervention or change request that a proposal comes from.

    Its workflow looks after the proposal.
    """

    kind: OriginKind
    id: UUID

    @classmethod
    def intervention(cls, intervention_id: UUID) -> Self:
        """Return an intervention as an origin."""
        return cls(kind=OriginKind.INTERVENTION, id=intervention_id)

    @classmethod
    def request(cls, request_id: UUID) -> Self:
        """Return a change request as an origin."""
        return cls(kind=OriginKind.CHANGE_REQUEST, id=request_id)

    @classmethod
    def of(cls, intervention_id: UUID | None, request_id: UUID | None) -> Self:
        """Return the one of the two that there is; raises ValueError unless there is just one."""
        if intervention_id is not None and request_id is None:
            return cls.intervention(intervention_id)
        if request_id is not None and intervention_id is None:
            return cls.request(request_id)
        raise ValueError("a proposal comes from an intervention or from a change request")


class Proposal(Model):
    """A change with its rationale, evidence, verification and review.

    It comes from an intervention, or from a person's change request: then it has no gap, no
    analyst and no confidence. `finding_index` is its place among the proposals of either.
    """

    id: UUID
    intervention_id: UUID | None
    request_id: UUID | None = None
    finding_index: int = Field(ge=0)
    gap: Gap | None
    status: ProposalStatus
    title: Line
    rationale: Text
    change: Change
    content_hash: str
    draft: int = Field(ge=1)
    support: int = Field(ge=1)
    analyst: AnalystInfo | None
    confidence: float | None = Field(ge=0, le=1)
    verification: Verification | None = None
    drafted_by: Line
    applied_release: int | None = None
    created_at: AwareDatetime
    updated_at: AwareDatetime

    @model_validator(mode="after")
    def _comes_from_somewhere(self) -> Self:
        Origin.of(self.intervention_id, self.request_id)
        return self

    @property
    def origin(self) -> Origin:
        """What it comes from."""
        return Origin.of(self.intervention_id, self.request_id)


def replay_effect(
    before: AskResult, after: AskResult, *, changed_item: UUID, intervened: bool
) -> ReplayEffect:
    """Return what a change did to one query, from its answers without and with the change.

    A query that was handed off and is now answered is fixed; one that was answered and no longer
    is, is broken; one handed off both times is the same, whatever the hand-offs say. One answered
    otherwise has changed, unless a human had to intervene in it (`intervened`: its old answer was
    not good enough) and it now rests on `changed_item`: then it counts as fixed.
    """
    if not before.answered and after.answered:
        return ReplayEffect.FIXED
    if before.answered and not after.answered:
        return ReplayEffect.BROKEN
    if not after.answered or before.answer == after.answer:
        return ReplayEffect.SAME
    rests_on_change = any(used.item_id == changed_item for used in after.items_used)
    return ReplayEffect.FIXED if intervened and rests_on_change else ReplayEffect.CHANGED
