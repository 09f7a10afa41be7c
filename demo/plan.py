"""What the demo decides beforehand: which gaps its reviewers close and which they leave to you."""

from typing import NamedTuple


class Origin(NamedTuple):
    """An intervention as its source names it."""

    source: str
    external_id: str


PLANTED_RULE = Origin("chatwoot", "cw-3402")
"""Here the customer's text tries to plant a rule."""

PERSONAL_DATA = Origin("zendesk", "48231")
"""Here customer and human write a name, a card number, an address, and more."""

CONTRADICTING_GAP = "cover-within-30-days"
"""Here a human names other days than an article does: a person has to say which holds."""

LEFT_WAITING: dict[str, int] = {
    "left-handed": 0,
    "hand-over-rental": 0,
    "open-seam-is-wear": 1,
    "change-payment-day": 0,
    CONTRADICTING_GAP: 0,
}
"""Gaps whose proposals stay open, with the approvals that they are given nevertheless."""

REJECTED_GAP = "gift-vouchers"
"""The gap whose proposal a reviewer rejects: what the human told was true no more."""

REJECTION = "The gift vouchers were a trial that ended in October. We sell no more of them."
"""Why, in the reviewer's words."""

REPEAT = Origin("chatwoot", "cw-3419")
"""Another case of the rejected gap, posted only after the rejection."""

SHOWN_WAITING = "hand-over-rental"
"""The gap whose proposal a newcomer is sent to: one approval, one click, and it fixes its case."""
