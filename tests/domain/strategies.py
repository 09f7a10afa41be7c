"""Hypothesis strategies for values of the domain."""

from datetime import timedelta

from hypothesis import strategies as st

from domain.base import JsonObject, JsonValue
from domain.escalation import EscalationPolicy, Tier
from domain.identity import ApiRole
from domain.knowledge import Change, ItemKind
from tests.domain.builders import change

REVIEWING = (ApiRole.REVIEWER, ApiRole.LEAD, ApiRole.ADMIN)
OTHERS = (ApiRole.INTEGRATION, ApiRole.AGENT)

words = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=20)
"""Any Unicode that Postgres can store."""

numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)

json_values: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | numbers | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
    max_leaves=12,
)

json_objects: st.SearchStrategy[JsonObject] = st.dictionaries(words, json_values, max_size=4)

minutes = st.integers(min_value=1, max_value=60 * 24 * 30).map(lambda n: timedelta(minutes=n))

changes: st.SearchStrategy[Change] = st.builds(
    change, st.sampled_from(ItemKind), st.text("abc", min_size=1, max_size=3)
)


@st.composite
def tiers(draw: st.DrawFn) -> Tier:
    """Draw a tier with up to three reminders."""
    times = sorted(draw(st.lists(minutes, min_size=1, max_size=4, unique=True)))
    return Tier(group=draw(st.sampled_from(REVIEWING)), due=times[-1], remind=tuple(times[:-1]))


@st.composite
def policies(draw: st.DrawFn) -> EscalationPolicy:
    """Draw a policy with up to four tiers."""
    return EscalationPolicy(
        tiers=tuple(draw(st.lists(tiers(), min_size=1, max_size=4))),
        approvals=draw(st.integers(min_value=1, max_value=3)),
        one_from=draw(st.none() | st.sampled_from(REVIEWING)),
    )
