"""Rules that were broken, as exceptions. An exception's docstring is its message."""

from typing import ClassVar


class DomainError(Exception):
    """A rule was broken."""

    code: ClassVar[str] = "domain_error"

    def __str__(self) -> str:
        """Return the message given, or the class's own."""
        return super().__str__() or (self.__doc__ or "").strip().splitlines()[0]


class QuoteNotFoundError(DomainError):
    """A quote does not occur in the turn that it names."""

    code = "quote_not_found"

    def __init__(self, turn: int) -> None:
        """Name the turn; the quoted words stay out of the message, which may be logged."""
        super().__init__(f"a quote does not occur in turn {turn} that it names")
        self.turn = turn


class IllegalTransitionError(DomainError):
    """A proposal cannot go from its status to the one asked for."""

    code = "illegal_transition"


class InterventionConflictError(DomainError):
    """The same source and external_id were posted before with another body."""

    code = "intervention_conflict"


class NotFoundError(DomainError):
    """There is no such thing in this workspace."""

    code = "not_found"


class StaleContentError(DomainError):
    """The proposal has changed since it was read; look at the new draft and decide again."""

    code = "stale_content"


class ReviewClosedError(DomainError):
    """The review of this proposal is closed."""

    code = "review_closed"


class NotAllowedError(DomainError):
    """This person may not do that."""

    code = "not_allowed"


class BaseMovedError(DomainError):
    """The item has a newer revision than the one that the change is based on."""

    code = "base_moved"


class NothingToChangeError(DomainError):
    """The knowledge is already as it would be after the change."""

    code = "nothing_to_change"


class KnowledgeMovedError(DomainError):
    """The knowledge has changed since this was asked for: look at it again, and ask again."""

    code = "knowledge_moved"


class TooManyChangesError(DomainError):
    """The request would change more items than people can review at once."""

    code = "too_many_changes"


class NotApprovedError(DomainError):
    """The proposal has no approval of exactly this content."""

    code = "not_approved"


class AnalystOutputError(DomainError):
    """The analyst's output breaks a rule of the domain."""

    code = "analyst_output"
