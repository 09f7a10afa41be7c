"""Proposals: their legal transitions, their evidence, and their verification."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Literal, Self, cast
from uuid import UUID

from pydantic import AwareDatetime, Field, computed_field, model_validator

from domain.base import Line, Model, OptionalText, Text
from domain.cases import AskResult
from domain.errors import IllegalTransitionError
from domain.findings import AnalystInfo, Finding, Gap
from domain.golden import Expected
from domain.knowledge import Change
from domain.outcomes import HandledBy
from domain.tool_checks import ToolCheck


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


class ReplaySource(StrEnum):
    """Where a replayed query comes from."""

    ORIGINAL = "original"
    EVIDENCE = "evidence"
    INTERVENTION = "intervention"
    OUTCOME = "outcome"
    GOLDEN = "golden"


class ActionReplay(Model):
    """What a change does to one past case, by what was done in systems.

    `before` says how what the agent did differs from what the human did, `after` what an agent that
    follows the changed rule would have done: names of tools and of their fields, never a value.
    `is_whole` says whether all that would be done is then what the human did.
    """

    effect: ReplayEffect
    before: Text
    after: Text
    is_whole: bool = False


class ReplayCase(Model):
    """One past query, answered without and with the change.

    An agent that asks a model answers it `runs` times each way: `passed_before` and `passed` of
    the runs were as they should be, and `before` and `after` are the runs that say most.
    """

    query: Text
    intervention_id: UUID | None = None
    is_original: bool = False
    source: ReplaySource = ReplaySource.INTERVENTION
    source_id: UUID | None = None
    """The outcome or the golden query that it is."""
    expected: Expected | None = None
    """What a right answer needs, where people have said so."""
    known_correct: bool = False
    """Whether its answer was reported as correct when it was served."""
    known_wrong: bool = False
    """Whether the answer without the change rests on what it was served from when people reported
    it as wrong, or had to step in after it."""
    wanted_otherwise: bool = False
    """Whether the people who resolved it told something else than the answer with the change, found
    that something else was lacking, or had to decide it themselves."""
    handled_by: HandledBy | None = None
    """Who resolved it when it was served; None for what is not an outcome."""
    runs: int = Field(default=1, ge=1)
    passed_before: int | None = Field(default=None, ge=0)
    passed: int | None = Field(default=None, ge=0)
    effect: ReplayEffect
    before: AskResult
    after: AskResult
    answer_effect: ReplayEffect | None = None
    """What the answers alone show, where what was done in systems was replayed, too."""
    in_systems: ActionReplay | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_the_source(cls, data: Any) -> Any:
        """Read a case of before there were sources: it is its own intervention's or another's."""
        if not isinstance(data, Mapping):
            return data
        fields = cast(Mapping[str, Any], data)
        source = ReplaySource.ORIGINAL if fields.get("is_original") else ReplaySource.INTERVENTION
        return {"source": source, **fields}

    @property
    def key(self) -> str:
        """What tells it from the other cases of a report, and is the same in the next report."""
        if self.is_original:
            return ReplaySource.ORIGINAL.value
        return f"{self.source}/{self.source_id or self.intervention_id}"

    @property
    def went_to_a_human(self) -> bool:
        """Whether a human had to resolve it."""
        if self.source is ReplaySource.OUTCOME:
            return self.handled_by is HandledBy.HUMAN
        return self.source is not ReplaySource.GOLDEN


class KeptDraft(StrEnum):
    """Which draft people see of a proposal that was sent back."""

    FIRST = "first"
    SECOND = "second"


class SentBack(Model):
    """Why the machine asked for a second draft before people saw the first, and which it kept."""

    reason: Text
    kept: KeptDraft


class Setback(Model):
    """What a reviewer's edit does worse than the draft that they saw: why it came back.

    `broken` are the keys of the cases that it breaks and the draft before did not.
    """

    loses_original: bool = False
    broken: tuple[str, ...] = ()


class Verification(Model):
    """The replay of past queries with the change applied. `version` is the report's format.

    `left_out` past queries were not replayed, since a model's answers are budgeted. `tool_checks`
    hold the recorded calls against the tools that the change would connect or take away.
    """

    version: Literal[1, 2] = 2
    content_hash: str
    agent: Line
    cases: tuple[ReplayCase, ...] = ()
    left_out: int = Field(default=0, ge=0)
    budget_used_up: bool = False
    """Whether some of them were left out since the day's token budget was used up."""
    tool_checks: tuple[ToolCheck, ...] = ()
    sent_back: SentBack | None = None
    setback: Setback | None = None
    verified_at: AwareDatetime

    @model_validator(mode="before")
    @classmethod
    def _leave_out_what_is_computed(cls, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return data
        fields = cast(Mapping[str, Any], data)
        return {name: value for name, value in fields.items() if name != "predicted_prevented"}

    def count(self, effect: ReplayEffect) -> int:
        """Return how many cases have this effect."""
        return sum(case.effect is effect for case in self.cases)

    @property
    def fixes_original(self) -> bool:
        """Whether the query that led to the proposal is answered with the change and was not."""
        return any(c.is_original and c.effect is ReplayEffect.FIXED for c in self.cases)

    @property
    def original(self) -> ReplayCase | None:
        """The query that led to the proposal, if it was replayed."""
        return next((case for case in self.cases if case.is_original), None)

    @computed_field
    @property
    def predicted_prevented(self) -> int:
        """How many different past queries went to a human and are answered with the change."""
        fixed = (case for case in self.cases if case.effect is ReplayEffect.FIXED)
        return len({case.query.casefold() for case in fixed if case.went_to_a_human})


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
