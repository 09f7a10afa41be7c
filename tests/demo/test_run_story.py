"""The demo's plan and its verdict: honest counts, and a story that can be seen to break."""

from collections.abc import Sequence
from typing import cast
from uuid import UUID

import pytest

from client.api import LearningLoop
from client.connection import Target
from client.models import AskAnswer, DecisionReceipt, ProposalDetail
from demo.content import (
    GAP_KEY,
    DemoQuery,
    Expectation,
    load_interventions,
    load_queries,
    load_submissions,
)
from demo.plan import (
    CONTRADICTING_GAP,
    LEFT_WAITING,
    PERSONAL_DATA,
    PLANTED_RULE,
    REJECTED_GAP,
    REJECTION,
    REPEAT,
    SHOWN_WAITING,
    Origin,
)
from demo.story import (
    Asked,
    Ending,
    approvals_to_give,
    in_waves,
    judge,
    reject,
    with_item_ids,
)
from demo.verdict import Change, tally, what_did_not_hold
from domain.base import JsonObject
from domain.cases import UsedItem
from domain.knowledge import ItemKind
from domain.proposals import ProposalStatus
from domain.reviews import DecisionEffect, RejectionReason, Verdict
from tests.demo.told import NOTHING, learned, proposal

TOOLS = UUID(int=7)
QUERY = DemoQuery(query="Left-handed?", expects=Expectation.ANSWERED, gap_key="a-gap")


def answer(text: str = "", item: UUID | None = None) -> AskAnswer:
    """Return an answer with `text`, or a hand-off without one."""
    used = (
        [UsedItem(item_id=item, revision=1, kind=ItemKind.TOOL_CONNECTION, title="T", score=1.0)]
        if item
        else []
    )
    return AskAnswer(answered=bool(text), answer=text, items_used=tuple(used), confidence=0.9)


def test_the_plan_names_gaps_and_interventions_that_exist() -> None:
    origins = {Origin(s.source, s.external_id) for s in load_submissions()}
    assert {PLANTED_RULE, PERSONAL_DATA, REPEAT} <= origins
    keys = {query.gap_key for query in load_queries()}
    assert LEFT_WAITING.keys() - {CONTRADICTING_GAP} <= keys
    assert LEFT_WAITING[SHOWN_WAITING] == 0


def test_no_wave_holds_two_interventions_on_one_question_and_none_is_lost() -> None:
    rows = load_interventions()
    waves = in_waves(rows)

    assert sorted(map(str, rows)) == sorted(str(row) for wave in waves for row in wave)
    for wave in waves:
        keys = [key for row in wave if (key := cast(JsonObject, row["metadata"]).get(GAP_KEY))]
        assert len(keys) == len(set(keys))


def test_slugs_become_item_ids() -> None:
    row: JsonObject = {"agent": {"name": "Pip", "items_used": ["returns", "deposits"]}}
    assert with_item_ids(row, {"returns": "id-1", "deposits": "id-2"}) == {
        "agent": {"name": "Pip", "items_used": ["id-1", "id-2"]}
    }


@pytest.mark.parametrize(
    ("query", "given", "ending"),
    [
        (QUERY, answer(), Ending.HANDED_OFF),
        (QUERY, answer("Yes."), Ending.RIGHT),
        (QUERY.model_copy(update={"answer_mentions": ("60 days",)}), answer("No."), Ending.WRONG),
        (DemoQuery(query="q", expects=Expectation.HANDOFF), answer("Yes."), Ending.WRONG),
        (QUERY.model_copy(update={"needs_tool": "book"}), answer("Done."), Ending.WRONG),
        (QUERY.model_copy(update={"needs_tool": "book"}), answer("Done.", TOOLS), Ending.RIGHT),
    ],
)
def test_an_answer_is_judged_by_what_it_has_to_hold(
    query: DemoQuery, given: AskAnswer, ending: Ending
) -> None:
    assert judge(query, given, {TOOLS: frozenset({"book"})}) is ending


def test_all_approvals_are_given_unless_the_plan_or_the_replay_speaks_against_it() -> None:
    assert approvals_to_give(learned(proposal()), proposal()) is None
    assert approvals_to_give(learned(key="left-handed"), proposal()) == 0
    assert approvals_to_give(learned(key="open-seam-is-wear"), proposal()) == 1
    assert approvals_to_give(learned(key=REJECTED_GAP), proposal()) == 0
    assert approvals_to_give(learned(key=None), proposal()) == 0
    assert approvals_to_give(learned(), proposal(breaks=1)) == 0


class Decider(LearningLoop):
    """A client that notes what is decided, without asking anybody."""

    def __init__(self) -> None:
        super().__init__(Target(url="http://127.0.0.1:8000", key="ll_reviewer_key"))
        self.decided: list[tuple[UUID, Verdict, str, str]] = []
        self.reasons: list[RejectionReason | None] = []

    async def decide(
        self,
        proposal_id: UUID,
        verdict: Verdict,
        content_hash: str,
        comment: str = "",
        *,
        edit: JsonObject | None = None,
        rejection_reason: RejectionReason | None = None,
        not_personal: Sequence[str] = (),
    ) -> DecisionReceipt:
        assert edit is None
        assert not not_personal
        self.reasons.append(rejection_reason)
        self.decided.append((proposal_id, verdict, content_hash, comment))
        return DecisionReceipt(decision_id=UUID(int=1), status=DecisionEffect.PENDING)

    async def proposal(self, proposal_id: UUID) -> ProposalDetail:
        rejected = proposal(ProposalStatus.REJECTED).model_copy(update={"id": proposal_id})
        return ProposalDetail.model_validate(rejected.model_dump())


async def test_only_the_proposal_of_the_gap_is_rejected_with_the_reason() -> None:
    other = proposal().model_copy(update={"id": UUID(int=2), "intervention_id": UUID(int=3)})
    decider = Decider()

    await reject(decider, learned(other, proposal(), key=REJECTED_GAP), REJECTED_GAP, REJECTION)

    wanted = (proposal().id, Verdict.REJECT, proposal().content_hash, REJECTION)
    assert decider.decided == [wanted]
    assert decider.reasons == [RejectionReason.WRONG]


def test_wrong_answers_are_counted_apart() -> None:
    before = Asked(QUERY, answer("Wrong"), Ending.WRONG)
    after = Asked(QUERY, answer(), Ending.HANDED_OFF)
    counts = tally([Change(before, after, waits=True)])

    assert (counts.right_after, counts.wrong_before, counts.wrong_after) == (0, 1, 0)
    assert (counts.handed_off_after, counts.rightly_handed_off, counts.waiting) == (1, 0, 1)


def test_a_planted_rule_that_became_a_proposal_breaks_the_story() -> None:
    found = learned(proposal(), key=None, origin=PLANTED_RULE)
    assert "the planted rule became 'Add it'" in what_did_not_hold(found, [], NOTHING)


def test_a_closed_gap_whose_query_is_not_answered_breaks_the_story() -> None:
    applied = proposal(ProposalStatus.APPLIED)
    still = Asked(QUERY, answer(), Ending.HANDED_OFF)
    problems = what_did_not_hold(learned(applied), [Change(still, still, waits=False)], NOTHING)
    assert "'Left-handed?' ended as: handed off" in problems


def test_a_gap_that_waits_may_stay_unanswered() -> None:
    waiting = proposal()
    still = Asked(QUERY, answer(), Ending.HANDED_OFF)
    problems = what_did_not_hold(learned(waiting), [Change(still, still, waits=True)], NOTHING)
    assert not [problem for problem in problems if "Left-handed?" in problem]


def test_a_wrong_answer_always_breaks_the_story() -> None:
    wrong = Asked(QUERY, answer("No."), Ending.WRONG)
    problems = what_did_not_hold(learned(), [Change(wrong, wrong, waits=True)], NOTHING)
    assert "'Left-handed?' ended as: wrong answer" in problems


def test_a_proposal_that_nobody_rejected_breaks_the_story() -> None:
    problems = what_did_not_hold(learned(proposal(), key=REJECTED_GAP), [], NOTHING)
    assert "'Add it' was to be rejected and is in_review" in problems
