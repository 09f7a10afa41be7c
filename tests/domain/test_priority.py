"""The place of a proposal in the queue."""

from domain.priority import priority_of, review_minutes, worth_of
from domain.proposals import ReplayCase, ReplayEffect, Verification
from tests.api.rows import a_verification, adding


def _fixing(*queries: str, effect: ReplayEffect = ReplayEffect.FIXED) -> Verification:
    whole = a_verification(adding(), effect)
    cases = [whole.cases[0].model_copy(update={"query": query}) for query in queries]
    return whole.model_copy(update={"cases": tuple(ReplayCase.model_validate(c) for c in cases)})


def test_before_it_is_verified_the_support_alone_counts() -> None:
    assert priority_of(3, None) == 3


def test_each_past_query_that_it_would_have_prevented_counts() -> None:
    assert priority_of(3, _fixing("Where is it?", "Is it lost?")) == 5


def test_what_stays_as_it_was_counts_nothing() -> None:
    assert priority_of(3, _fixing("Where is it?", effect=ReplayEffect.SAME)) == 3


def test_a_review_takes_longer_the_longer_the_change() -> None:
    assert review_minutes(adding()) == 3
    assert review_minutes(adding("x" * 5000)) == 8
    assert review_minutes(adding("x" * 20_000)) == 23


def test_the_worth_is_what_minutes_of_everybody_still_needed_save() -> None:
    assert worth_of(6, minutes=3, approvals_left=1) == 2000
    assert worth_of(6, minutes=3, approvals_left=2) == 1000
    assert worth_of(6, minutes=3, approvals_left=0) == 2000
