"""Proposals: the table of transitions, walks over it, and what a replay shows."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pydantic import ValidationError

from domain.errors import IllegalTransitionError
from domain.outcomes import HandledBy
from domain.proposals import (
    LEGAL_TRANSITIONS,
    KeptDraft,
    ProposalStatus,
    ReplayCase,
    ReplayEffect,
    ReplaySource,
    SentBack,
    Verification,
    check_transition,
)
from tests.domain.builders import NOW, asked

FINAL = {ProposalStatus.APPLIED, ProposalStatus.REJECTED, ProposalStatus.SUPERSEDED}


def test_the_table_is_closed() -> None:
    assert set(LEGAL_TRANSITIONS) == set(ProposalStatus)
    assert all(targets <= set(ProposalStatus) for targets in LEGAL_TRANSITIONS.values())


def test_exactly_the_finals_have_no_exit() -> None:
    assert {status for status in ProposalStatus if status.is_final} == FINAL


def test_every_status_is_reached_from_drafting_and_can_end() -> None:
    def reached(start: ProposalStatus) -> set[ProposalStatus]:
        seen, todo = {start}, [start]
        while todo:
            new = LEGAL_TRANSITIONS[todo.pop()] - seen
            seen |= new
            todo.extend(new)
        return seen

    assert reached(ProposalStatus.DRAFTING) == set(ProposalStatus)
    assert all(reached(status) & FINAL for status in ProposalStatus)


def test_only_an_approved_proposal_can_be_applied() -> None:
    sources = {s for s, to in LEGAL_TRANSITIONS.items() if ProposalStatus.APPLIED in to}
    assert sources == {ProposalStatus.APPROVED}


def test_only_a_proposal_in_review_can_be_approved_or_rejected() -> None:
    for verdict in (ProposalStatus.APPROVED, ProposalStatus.REJECTED):
        sources = {s for s, to in LEGAL_TRANSITIONS.items() if verdict in to}
        assert sources == {ProposalStatus.IN_REVIEW}


def test_a_person_decides_only_while_it_is_in_review() -> None:
    assert {s for s in ProposalStatus if s.is_open} == {ProposalStatus.IN_REVIEW}


@pytest.mark.parametrize("current", ProposalStatus)
@pytest.mark.parametrize("to", ProposalStatus)
def test_check_transition_agrees_with_the_table(
    current: ProposalStatus, to: ProposalStatus
) -> None:
    if to in LEGAL_TRANSITIONS[current]:
        check_transition(current, to)
    else:
        with pytest.raises(IllegalTransitionError, match=f"from {current} to {to}"):
            check_transition(current, to)


class ProposalWalk(RuleBasedStateMachine):
    """Asks for any status at any moment; only what the table allows happens."""

    def __init__(self) -> None:
        """Begin with a draft."""
        super().__init__()
        self.history = [ProposalStatus.DRAFTING]

    @rule(to=st.sampled_from(ProposalStatus))
    def ask_for(self, to: ProposalStatus) -> None:
        """Go there if it is legal."""
        try:
            check_transition(self.history[-1], to)
        except IllegalTransitionError:
            return
        self.history.append(to)

    @invariant()
    def applied_comes_straight_after_an_approval_in_review(self) -> None:
        """Nothing is applied that was not approved in review just before."""
        if self.history[-1] is ProposalStatus.APPLIED:
            assert self.history[-3:-1] == [ProposalStatus.IN_REVIEW, ProposalStatus.APPROVED]

    @invariant()
    def nothing_final_reopens(self) -> None:
        """A final status is the last."""
        assert not any(status.is_final for status in self.history[:-1])

    @invariant()
    def nothing_parked_is_approved_without_a_new_review(self) -> None:
        """After parking come only a review or the end."""
        for earlier, later in pairwise(self.history):
            if earlier is ProposalStatus.PARKED:
                assert later in {ProposalStatus.IN_REVIEW, ProposalStatus.SUPERSEDED}


TestProposalWalk = ProposalWalk.TestCase


def case(effect: ReplayEffect, *, is_original: bool = False) -> ReplayCase:
    return ReplayCase(
        query="q", is_original=is_original, effect=effect, before=asked(), after=asked("a")
    )


@given(st.lists(st.sampled_from(ReplayEffect)))
def test_a_verification_counts_its_cases(effects: list[ReplayEffect]) -> None:
    report = Verification(
        content_hash="x", agent="offline", cases=tuple(map(case, effects)), verified_at=NOW
    )
    assert sum(report.count(effect) for effect in ReplayEffect) == len(effects)
    assert not report.fixes_original


@pytest.mark.parametrize("effect", ReplayEffect)
def test_only_a_fixed_original_counts_as_fixing_it(effect: ReplayEffect) -> None:
    report = Verification(
        content_hash="x",
        agent="offline",
        cases=(case(ReplayEffect.FIXED), case(effect, is_original=True)),
        verified_at=NOW,
    )
    assert report.fixes_original is (effect is ReplayEffect.FIXED)


def test_a_verification_says_which_format_it_has() -> None:
    with pytest.raises(ValidationError):
        Verification.model_validate(
            {"version": 3, "content_hash": "x", "agent": "a", "verified_at": NOW}
        )


FIRST_FORMAT = """{
    "version": 1, "agent": "offline", "content_hash": "x",
    "verified_at": "2026-03-31T09:12:00Z",
    "cases": [
        {"query": "Where is it?", "intervention_id": "00000000-0000-0000-0000-000000000001",
         "is_original": true, "effect": "fixed",
         "before": {"answered": false, "answer": "", "handoff_reason": "No.", "items_used": [],
                    "confidence": 0.1, "agent": "offline"},
         "after": {"answered": true, "answer": "Here.", "handoff_reason": "", "items_used": [],
                   "confidence": 0.9, "agent": "offline"}},
        {"query": "And where is mine?", "intervention_id": "00000000-0000-0000-0000-000000000002",
         "is_original": false, "effect": "same",
         "before": {"answered": false, "confidence": 0.1},
         "after": {"answered": false, "confidence": 0.1}}]}"""


def test_a_stored_report_of_the_first_format_is_read() -> None:
    report = Verification.model_validate_json(FIRST_FORMAT)
    assert report.version == 1
    assert [case.source for case in report.cases] == [
        ReplaySource.ORIGINAL,
        ReplaySource.INTERVENTION,
    ]
    assert (report.fixes_original, report.predicted_prevented) == (True, 1)
    assert [(case.runs, case.passed) for case in report.cases] == [(1, None), (1, None)]


def test_a_report_is_read_back_as_it_was_written() -> None:
    report = Verification(
        content_hash="x",
        agent="claude",
        cases=(case(ReplayEffect.FIXED, is_original=True),),
        sent_back=SentBack(reason="Because.", kept=KeptDraft.SECOND),
        verified_at=NOW,
    )
    assert report.model_dump()["predicted_prevented"] == 1
    assert Verification.model_validate_json(report.model_dump_json()) == report


def test_what_would_have_been_prevented_counts_each_query_of_people_once() -> None:
    fixed = case(ReplayEffect.FIXED)
    report = Verification(
        content_hash="x",
        agent="offline",
        cases=(
            fixed,
            fixed.model_copy(update={"query": "Q", "source": ReplaySource.OUTCOME}),
            fixed.model_copy(update={"query": "other", "source": ReplaySource.GOLDEN}),
            case(ReplayEffect.BROKEN),
        ),
        verified_at=NOW,
    )
    assert report.predicted_prevented == 1


@pytest.mark.parametrize(
    ("source", "handled_by", "went"),
    [
        (ReplaySource.INTERVENTION, None, True),
        (ReplaySource.GOLDEN, None, False),
        (ReplaySource.OUTCOME, HandledBy.HUMAN, True),
        (ReplaySource.OUTCOME, HandledBy.AGENT, False),
    ],
)
def test_only_what_went_to_a_human_would_have_been_prevented(
    source: ReplaySource, handled_by: HandledBy | None, went: bool
) -> None:
    past = case(ReplayEffect.FIXED).model_copy(update={"source": source, "handled_by": handled_by})
    assert past.went_to_a_human is went
