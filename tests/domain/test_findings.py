"""Findings: quotes that must stand in the transcript, and what model calls cost."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.conversation import Role, Turn
from domain.errors import QuoteNotFoundError
from domain.findings import Finding, Gap, ModelUsage, Quote, check_quotes
from tests.domain.builders import finding

TURNS = (
    Turn(role=Role.CUSTOMER, text="Where  is\nmy REFUND?"),
    Turn(role=Role.HUMAN, text="It was sent today, Straße 5."),
)
RESOLUTION = ("It was sent today.", "", "ledger")


@pytest.mark.parametrize(
    ("turn", "text"),
    [
        (0, "Where is my refund"),
        (0, "  where\tis "),
        (1, "STRASSE 5"),
        (-1, "sent today"),
        (-1, "Ledger"),
    ],
)
def test_a_quote_may_differ_in_case_and_space(turn: int, text: str) -> None:
    check_quotes(finding(Quote(turn=turn, text=text)), TURNS, RESOLUTION)


@pytest.mark.parametrize(
    ("turn", "text"),
    [
        (0, "It was sent today"),
        (1, "Where is my refund"),
        (2, "Where is my refund"),
        (999, "refund"),
        (0, "Where is my refund!"),
        (0, "Whereismy"),
        (-1, "Where is my refund"),
        (-1, "sent today. ledger"),
    ],
)
def test_a_quote_stands_in_the_turn_that_it_names(turn: int, text: str) -> None:
    good = Quote(turn=0, text="refund")
    with pytest.raises(QuoteNotFoundError) as missing:
        check_quotes(finding(good, Quote(turn=turn, text=text)), TURNS, RESOLUTION)
    assert missing.value.turn == turn
    assert text not in str(missing.value)


@given(st.data())
def test_any_part_of_a_turn_can_be_quoted(data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(TURNS) - 1))
    text = TURNS[index].text
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    if part.strip():
        check_quotes(finding(Quote(turn=index, text=part)), TURNS, ())


@pytest.mark.parametrize("text", ["", " ", "\n\t", "\u00a0", "a\0", "x" * 2001])
def test_a_quote_holds_words(text: str) -> None:
    with pytest.raises(ValidationError):
        Quote(turn=0, text=text)


@pytest.mark.parametrize("count", [0, 13])
def test_a_finding_has_quotes_and_not_too_many(count: int) -> None:
    with pytest.raises(ValidationError, match="quotes"):
        finding(*[Quote(turn=0, text="refund")] * count)


@pytest.mark.parametrize("gap", Gap)
def test_a_gap_says_what_the_human_did(gap: Gap) -> None:
    fields = {"gap": gap, "summary": "s", "quotes": [{"turn": 0, "text": "a"}], "confidence": 1}
    if gap is Gap.NONE:
        assert Finding.model_validate(fields).human_did == ""
    else:
        with pytest.raises(ValidationError, match="human_did"):
            Finding.model_validate(fields)


@pytest.mark.parametrize("confidence", [-0.1, 1.1, float("nan")])
def test_confidence_is_a_share(confidence: float) -> None:
    with pytest.raises(ValidationError):
        Finding.model_validate(
            {**finding(Quote(turn=0, text="a")).model_dump(), "confidence": confidence}
        )


counts = st.integers(min_value=0, max_value=10**9)
usages = st.builds(
    ModelUsage,
    input_tokens=counts,
    output_tokens=counts,
    cache_read_tokens=counts,
    cache_write_tokens=counts,
    cost_usd=st.none() | st.decimals(0, 1000, places=4),
)


@given(usages, usages, usages)
def test_usage_adds_up_in_any_order(a: ModelUsage, b: ModelUsage, c: ModelUsage) -> None:
    assert a.plus(b) == b.plus(a)
    assert a.plus(b).plus(c) == a.plus(b.plus(c))


@pytest.mark.parametrize(
    ("one", "other", "total"),
    [("0.10", "0.20", "0.30"), (None, "0.20", None), ("0.10", None, None), (None, None, None)],
)
def test_a_cost_that_is_unknown_once_is_unknown(
    one: str | None, other: str | None, total: str | None
) -> None:
    def usage(cost: str | None) -> ModelUsage:
        return ModelUsage(cost_usd=None if cost is None else Decimal(cost))

    assert usage(one).plus(usage(other)) == usage(total)
