"""Where an intervention stands once nothing of its own is open."""

from uuid import uuid4

import pytest

from domain.conversation import InterventionStatus
from domain.knowledge import ItemKind
from domain.proposals import ProposalStatus
from workflows.review_state import ReviewState, intervention_status

_I, _P = InterventionStatus, ProposalStatus


@pytest.mark.parametrize(
    ("statuses", "merged", "held_back", "wanted"),
    [
        ([], 0, 0, _I.NO_GAP),
        ([], 0, 1, _I.DECLINED),
        ([], 1, 1, _I.MERGED),
        ([_P.APPLIED], 0, 1, _I.LEARNED),
        ([_P.IN_REVIEW], 0, 1, _I.IN_REVIEW),
        ([_P.REJECTED], 0, 0, _I.DECLINED),
    ],
)
def test_what_was_held_back_counts_as_declined(
    statuses: list[ProposalStatus], merged: int, held_back: int, wanted: InterventionStatus
) -> None:
    reviews = [
        ReviewState(proposal_id=uuid4(), status=status, kind=ItemKind.ARTICLE)
        for status in statuses
    ]
    assert intervention_status(reviews, merged=merged, held_back=held_back) is wanted
