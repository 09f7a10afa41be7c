from uuid import UUID

import pytest

from domain.deviations import HABIT, Deviation, beside_others, judged
from domain.findings import Finding, Gap, Quote
from tests.domain.builders import finding

POLICY = UUID(int=9)
DEVIATION = Deviation(
    policy_id=POLICY,
    policy_revision=1,
    policy_title="Returns",
    signature="day: 30 -> 45",
    summary="It says 30 days, the human gave 45 days.",
    revised_rule="45 days.",
)


def found(gap: Gap, item_id: UUID | None = None) -> Finding:
    given = finding(Quote(turn=0, text="Where is my refund?"))
    return given.model_copy(update={"gap": gap, "item_id": item_id})


def test_one_deviation_is_goodwill_and_no_gap() -> None:
    [only] = judged([found(Gap.MISAPPLIED_POLICY, POLICY)], DEVIATION, 0)
    assert only.gap is Gap.NONE
    assert only.summary.startswith("Goodwill: the policy 'Returns' says otherwise.")


def test_from_the_third_alike_on_the_policy_is_the_finding() -> None:
    [only] = judged([found(Gap.NONE)], DEVIATION, HABIT - 1)
    assert (only.gap, only.item_id) == (Gap.MISAPPLIED_POLICY, POLICY)
    assert "3 times by now" in only.summary


@pytest.mark.parametrize("others", [0, HABIT])
def test_a_missing_tool_stays_a_gap(others: int) -> None:
    tool = found(Gap.MISSING_TOOL)
    stand = judged([tool, found(Gap.MISSING_KNOWLEDGE)], DEVIATION, others)
    assert tool in stand
    assert Gap.NONE not in {finding.gap for finding in stand}


def test_what_colleagues_did_otherwise_is_said_and_makes_less_sure() -> None:
    [alone] = beside_others([found(Gap.MISSING_KNOWLEDGE)], 0)
    [noted] = beside_others([found(Gap.MISSING_KNOWLEDGE)], 3)
    assert noted.summary.endswith("3 other colleagues answered a similar case otherwise.")
    assert noted.confidence < alone.confidence
