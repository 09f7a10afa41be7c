"""The reasons of a rejection as people read them."""

from domain.reviews import RejectionReason

REASON_WORDS: dict[RejectionReason, str] = {
    RejectionReason.WRONG: "It is wrong",
    RejectionReason.NOT_GENERAL: "It holds for this customer only",
    RejectionReason.ALREADY_KNOWN: "The agent can know it already",
    RejectionReason.UNCLEAR: "It is unclear, or nothing shows it",
    RejectionReason.UNSAFE: "It could do harm",
    RejectionReason.NOT_WANTED: "It is against our policy, or not for an agent",
    RejectionReason.OTHER: "Something else",
}
