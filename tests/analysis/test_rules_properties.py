"""Any rule can be followed through any case: what cannot be read says nothing, and never fails."""

from hypothesis import given
from hypothesis import strategies as st

from analysis.rules import replay_actions
from analysis.rules.directives import MOST, directives_of
from domain.knowledge import Change, ItemKind, Operation, PolicyContent
from domain.proposals import ReplayEffect
from tests.analysis.offline_cases import action, agent, call, case, customer

TOOLS = ("cancel_stay", "get_stay", "transfer_to_human")
PIECES = (
    "When", "if", "unless", "Before you", "only after", ",", ";", ":", ".", "\n", "and", "or",
    "the board is half board", "there is no insurance", "it was created more than 2 days ago",
    "the customer asks for", "nothing else in this rule allows it", "do not", "must", "may",
    "cancel the stay", "(`cancel_stay`)", "`get_stay`", "`transfer_to_human`", "``", "`x", "hand",
    "over", "with the amount $50", "with 0 nights (not 1)", "every", "instead", "rather than", "☃",
)  # fmt: skip
RULES = st.lists(st.sampled_from(PIECES), min_size=1, max_size=25).map(" ".join)
WORDS = st.sampled_from(
    ("", "board", "half_board", "created_at", "2026-01-02T03:04:05+02:00", "x_id")
)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner),
    max_leaves=6,
)


@given(rule=RULES.filter(str.strip), seen=VALUES, set_by_human=VALUES)
def test_any_rule_can_be_followed_through_any_case(
    rule: str, seen: object, set_by_human: object
) -> None:
    content = PolicyContent(title="Stays", rule=rule, applies_when=rule[:80], exceptions=rule)
    change = Change(kind=ItemKind.POLICY, operation=Operation.ADD, content=content)
    built = case(
        customer("Cancel my stay."),
        agent("One moment.", call("get_stay", seen, stay_id="S1")),
        agent("", call("cancel_stay", seen, stay_id="S1", amount=seen)),
        actions=[action("desk", "cancel_stay", stay_id="S1", amount=set_by_human)],
        tools=TOOLS,
    )
    found = replay_actions(change, built, base=None)
    assert found is None or found.effect in ReplayEffect
    assert len(directives_of(content, TOOLS)) <= MOST
    assert replay_actions(change, built, base=content) is None
