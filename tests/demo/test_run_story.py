"""The demo's plan and its verdict: honest counts, and a story that can be seen to break."""

from typing import cast
from uuid import UUID

import pytest

from client.models import Accepted, AskAnswer, InterventionDetail, ListedProposal
from demo.content import (
    GAP_KEY,
    DemoQuery,
    Expectation,
    load_interventions,
    load_queries,
    load_submissions,
)
from demo.plan import LEFT_WAITING, PERSONAL_DATA, PLANTED_RULE, SHOWN_WAITING, Origin
from demo.story import (
    Asked,
    Ending,
    Learned,
    Posted,
    approvals_to_give,
    in_waves,
    judge,
    with_item_ids,
)
from demo.verdict import Change, tally, what_did_not_hold
from domain.base import JsonObject
from domain.cases import UsedItem
from domain.conversation import InterventionStatus
from domain.findings import Gap
from domain.knowledge import ItemKind
from domain.proposals import ProposalStatus, ReplayCase, ReplayEffect, Verification
from tests.domain.builders import NOW, asked, change

TOOLS = UUID(int=7)
ORIGIN = Origin("zendesk", "1")
QUERY = DemoQuery(query="Left-handed?", expects=Expectation.ANSWERED, gap_key="a-gap")


def answer(text: str = "", item: UUID | None = None) -> AskAnswer:
    """Return an answer with `text`, or a hand-off without one."""
    used = (
        [UsedItem(item_id=item, revision=1, kind=ItemKind.TOOL_CONNECTION, title="T", score=1.0)]
        if item
        else []
    )
    return AskAnswer(answered=bool(text), answer=text, items_used=tuple(used), confidence=0.9)


def proposal(
    status: ProposalStatus = ProposalStatus.IN_REVIEW, *, breaks: int = 0
) -> ListedProposal:
    """Return a proposal of the intervention with id 1, whose replay breaks so many queries."""
    drafted = change()
    case = ReplayCase(query="q", effect=ReplayEffect.BROKEN, before=asked("yes"), after=asked("no"))
    return ListedProposal.model_validate(
        {
            "id": UUID(int=9),
            "intervention_id": UUID(int=1),
            "finding_index": 0,
            "gap": Gap.MISSING_KNOWLEDGE,
            "status": status,
            "title": "Add it",
            "rationale": "Because.",
            "change": drafted,
            "content_hash": drafted.content_hash(),
            "draft": 1,
            "support": 1,
            "analyst": {"name": "offline", "version": "1"},
            "confidence": 0.8,
            "drafted_by": "offline",
            "created_at": NOW,
            "updated_at": NOW,
            "verification": Verification(
                content_hash="h", agent="offline", cases=(case,) * breaks, verified_at=NOW
            ),
        }
    )


def learned(
    *proposals: ListedProposal, key: str | None = "a-gap", origin: Origin = ORIGIN
) -> Learned:
    """Return what one intervention with id 1 led to."""
    line: dict[str, object] = {
        "id": UUID(int=1),
        "source": origin.source,
        "external_id": origin.external_id,
        "status": InterventionStatus.LEARNED,
        "created_at": NOW,
        "proposals": [{"id": p.id, "title": p.title, "status": p.status} for p in proposals],
    }
    detail = InterventionDetail.model_validate(line)
    accepted = Accepted(
        intervention_id=UUID(int=1), workflow_id="w", status=InterventionStatus.RECEIVED
    )
    entry = Posted(origin, accepted, Gap.MISSING_KNOWLEDGE, key)
    return Learned([entry], [detail], proposals, {UUID(int=1): key})


def test_the_plan_names_gaps_and_interventions_that_exist() -> None:
    origins = {Origin(s.source, s.external_id) for s in load_submissions()}
    assert {PLANTED_RULE, PERSONAL_DATA} <= origins
    keys = {query.gap_key for query in load_queries()}
    assert LEFT_WAITING.keys() <= keys
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
    assert approvals_to_give(learned(key=None), proposal()) == 0
    assert approvals_to_give(learned(), proposal(breaks=1)) == 0


def test_wrong_answers_are_counted_apart() -> None:
    before = Asked(QUERY, answer("Wrong"), Ending.WRONG)
    after = Asked(QUERY, answer(), Ending.HANDED_OFF)
    counts = tally([Change(before, after, waits=True)])

    assert (counts.right_after, counts.wrong_before, counts.wrong_after) == (0, 1, 0)
    assert (counts.handed_off_after, counts.rightly_handed_off, counts.waiting) == (1, 0, 1)


def test_a_planted_rule_that_became_a_proposal_breaks_the_story() -> None:
    found = learned(proposal(), key=None, origin=PLANTED_RULE)
    assert "the planted rule became 'Add it'" in what_did_not_hold(found, [proposal()], [])


def test_a_closed_gap_whose_query_is_not_answered_breaks_the_story() -> None:
    applied = proposal(ProposalStatus.APPLIED)
    still = Asked(QUERY, answer(), Ending.HANDED_OFF)
    problems = what_did_not_hold(learned(applied), [applied], [Change(still, still, waits=False)])
    assert "'Left-handed?' ended as: handed off" in problems


def test_a_gap_that_waits_may_stay_unanswered() -> None:
    waiting = proposal()
    still = Asked(QUERY, answer(), Ending.HANDED_OFF)
    problems = what_did_not_hold(learned(waiting), [waiting], [Change(still, still, waits=True)])
    assert not [problem for problem in problems if "Left-handed?" in problem]


def test_a_wrong_answer_always_breaks_the_story() -> None:
    wrong = Asked(QUERY, answer("No."), Ending.WRONG)
    problems = what_did_not_hold(learned(), [], [Change(wrong, wrong, waits=True)])
    assert "'Left-handed?' ended as: wrong answer" in problems
