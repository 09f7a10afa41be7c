"""How many new cases outweigh a rejection, by the reason that it names."""

import pytest

from domain.reviews import RejectionReason
from domain.suppression import MAX_LIFTS_AFTER, lifts_after

_BY_HAND = (RejectionReason.UNSAFE, RejectionReason.NOT_WANTED)


@pytest.mark.parametrize("reason", [None, *(r for r in RejectionReason if r not in _BY_HAND)])
def test_new_cases_outweigh_most_rejections(reason: RejectionReason | None) -> None:
    assert lifts_after(reason, 5) == 5


@pytest.mark.parametrize("reason", _BY_HAND)
def test_no_number_of_cases_makes_something_safe_or_wanted(reason: RejectionReason) -> None:
    assert lifts_after(reason, 5) == MAX_LIFTS_AFTER
