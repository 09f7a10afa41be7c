"""Proposals: the table of transitions, walks over it, and what a replay shows."""

from itertools import pairwise
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from pydantic import ValidationError

from domain.cases import AskResult
from domain.errors import IllegalTransitionError
from domain.proposals import (
    LEGAL_TRANSITIONS,
    ProposalStatus,
    ReplayCase,
    ReplayEffect,
    Verification,
    check_transition,
    replay_effect,
)
from tests.domain.builders import NOW, asked

FINAL = {ProposalStatus.APPLIED, ProposalStatus.REJECTED, ProposalStatus.SUPERSEDED}
CHANGED, OTHER = UUID(int=1), UUID(int=2)


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


@pytest.mark.parametrize("intervened", [False, True])
@pytest.mark.parametrize(
    ("before", "after", "effect"),
    [
        (asked(), asked("yes"), ReplayEffect.FIXED),
        (asked("yes"), asked(), ReplayEffect.BROKEN),
        (asked("yes"), asked("yes"), ReplayEffect.SAME),
        (asked("yes"), asked("yes", uses=CHANGED), ReplayEffect.SAME),
        (asked(), asked(), ReplayEffect.SAME),
        (asked("a", answered=False), asked("b", answered=False), ReplayEffect.SAME),
        (
            asked("a", answered=False),
            asked("b", answered=False, uses=CHANGED),
            ReplayEffect.SAME,
        ),
        (asked("yes"), asked("no", uses=OTHER), ReplayEffect.CHANGED),
        (asked("yes", uses=CHANGED), asked("no"), ReplayEffect.CHANGED),
    ],
)
def test_replay_effect(
    before: AskResult, after: AskResult, effect: ReplayEffect, intervened: bool
) -> None:
    assert replay_effect(before, after, changed_item=CHANGED, intervened=intervened) is effect


@pytest.mark.parametrize(
    ("intervened", "effect"), [(True, ReplayEffect.FIXED), (False, ReplayEffect.CHANGED)]
)
def test_another_answer_from_the_changed_item_fixes_only_where_a_human_intervened(
    intervened: bool, effect: ReplayEffect
) -> None:
    after = asked("no", uses=CHANGED)
    got = replay_effect(asked("yes"), after, changed_item=CHANGED, intervened=intervened)
    assert got is effect


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
            {"version": 2, "content_hash": "x", "agent": "a", "verified_at": NOW}
        )
