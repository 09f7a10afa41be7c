"""When a draft is sent back before people see it, and which of two drafts is better."""

from typing import Any
from uuid import UUID

import pytest

from domain.cases import AskResult
from domain.findings import AnalystInfo, Gap
from domain.knowledge import Change, ItemContent, ItemKind, Operation
from domain.proposals import (
    ActionReplay,
    KeptDraft,
    Proposal,
    ProposalStatus,
    ReplayCase,
    ReplayEffect,
    SentBack,
    Verification,
)
from domain.sending_back import OPENING, is_better, reason_to_send_back
from tests.domain.builders import NOW, asked, content

HANDED_OFF = AskResult(answered=False, handoff_reason="Nothing is near enough.", confidence=0.2)


def adding(kind: ItemKind = ItemKind.ARTICLE) -> Change:
    return Change(kind=kind, operation=Operation.ADD, content=content(kind))


def revising(operation: Operation = Operation.REVISE, **fields: Any) -> Change:
    return Change(
        kind=ItemKind.ARTICLE,
        operation=operation,
        item_id=UUID(int=7),
        base_revision=1,
        content=content(),
        **fields,
    )


def proposal(change: Change | None = None, **fields: Any) -> Proposal:
    change = change or adding()
    return Proposal.model_validate(
        {
            "id": UUID(int=1),
            "intervention_id": UUID(int=2),
            "finding_index": 0,
            "gap": Gap.MISSING_KNOWLEDGE,
            "status": ProposalStatus.DRAFTING,
            "title": "Refunds",
            "rationale": "Because.",
            "change": change,
            "content_hash": change.content_hash(),
            "draft": 1,
            "support": 1,
            "analyst": AnalystInfo(name="offline", version="1"),
            "confidence": 0.8,
            "drafted_by": "offline",
            "created_at": NOW,
            "updated_at": NOW,
            **fields,
        }
    )


def report(
    effect: ReplayEffect = ReplayEffect.SAME,
    before: AskResult = HANDED_OFF,
    after: AskResult = HANDED_OFF,
    *others: ReplayEffect,
    **fields: Any,
) -> Verification:
    own = ReplayCase(query="q", is_original=True, effect=effect, before=before, after=after)
    rest = [own.model_copy(update={"is_original": False, "effect": other}) for other in others]
    return Verification(
        content_hash="x", agent="offline", cases=(own, *rest), verified_at=NOW, **fields
    )


def reason(
    of: Proposal | None = None,
    verification: Verification | None = None,
    base: ItemContent | None = None,
) -> str:
    return reason_to_send_back(of or proposal(), verification or report(), base)


def test_a_draft_that_leaves_its_own_case_handed_off_is_sent_back_with_the_reason() -> None:
    said = reason()
    assert said.startswith(OPENING)
    assert "still hands the query off (Nothing is near enough)" in said
    assert "Word the question and the title as the customer asked" in said


def test_an_answer_from_something_else_is_named() -> None:
    other = asked("Ask.", uses=UUID(int=9))
    assert "still answers from something else: 'x'" in reason(
        verification=report(ReplayEffect.SAME, other, other)
    )


def test_an_answer_that_is_lost_is_said() -> None:
    lost = report(ReplayEffect.BROKEN, asked("Yes."), HANDED_OFF)
    assert "hands the query off, which it answered before" in reason(verification=lost)


SENT_BACK = SentBack(reason="Because.", kept=KeptDraft.FIRST)


@pytest.mark.parametrize(
    ("of", "verification"),
    [
        (proposal(), report(ReplayEffect.FIXED, HANDED_OFF, asked("Yes."))),
        (proposal(), report(sent_back=SENT_BACK)),
        (proposal(status=ProposalStatus.CHANGES_REQUESTED), report()),
        (proposal(status=ProposalStatus.IN_REVIEW), report()),
        (proposal(intervention_id=None, request_id=UUID(int=3)), report()),
        (proposal(revising(Operation.RETIRE)), report()),
        (proposal(), Verification(content_hash="x", agent="offline", verified_at=NOW)),
        (proposal(adding(ItemKind.POLICY)), report(ReplayEffect.SAME, asked("A"), asked("A"))),
    ],
    ids=[
        "fixed",
        "sent back before",
        "people have seen it",
        "people see it",
        "asked for by a person",
        "retirement",
        "its own case was erased",
        "a rule shows in what the agent does",
    ],
)
def test_it_is_not_sent_back(of: Proposal, verification: Verification) -> None:
    assert reason(of, verification) == ""


def test_wordings_alone_are_not_sent_back_and_do_not_prove_themselves() -> None:
    of = proposal(revising(phrasings=("Where is my money?",)))
    assert reason(of, base=content()) == ""
    assert reason(of, base=content(text="Within a year.")) != ""


FIXING = report(ReplayEffect.FIXED, HANDED_OFF, asked("Yes."))
BREAKING = report(ReplayEffect.FIXED, HANDED_OFF, asked("Yes."), ReplayEffect.BROKEN)


@pytest.mark.parametrize(
    ("second", "first", "better"),
    [
        (FIXING, report(), True),
        (report(), report(), False),
        (BREAKING, report(), False),
        (
            BREAKING,
            report(ReplayEffect.SAME, HANDED_OFF, HANDED_OFF, ReplayEffect.BROKEN),
            True,
        ),
    ],
)
def test_the_second_draft_is_better_if_it_fixes_its_case_and_breaks_no_more(
    second: Verification, first: Verification, better: bool
) -> None:
    assert is_better(second, first) is better


@pytest.mark.parametrize(
    ("effect", "sent_back"),
    [
        (ReplayEffect.SAME, True),
        (ReplayEffect.BROKEN, True),
        # What a look-up would have shown, no second draft can prove.
        (ReplayEffect.CHANGED, False),
    ],
)
def test_a_rule_about_actions_is_sent_back_for_what_was_done(
    effect: ReplayEffect, sent_back: bool
) -> None:
    replayed = ActionReplay(effect=effect, before="It called `x`.", after="It would call `x`.")
    verification = report(effect)
    own = verification.cases[0].model_copy(update={"in_systems": replayed})
    told = reason_to_send_back(
        proposal(adding(ItemKind.POLICY)),
        verification.model_copy(update={"cases": (own,)}),
        None,
    )
    assert bool(told) is sent_back
    if sent_back:
        assert told.startswith(f"{OPENING} It called `x`. With this change: It would call `x`.")
