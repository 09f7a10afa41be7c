"""Which forms a proposal's page offers a person, and in words why another one is off."""

from collections.abc import Sequence
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel

from api.services.proposal_view import ProposalDetail
from domain.identity import ApiRole, Permission, Principal, has_rank, same_person
from domain.knowledge import ItemKind, Operation
from domain.proposals import ProposalStatus
from domain.reviews import Decision, Review, Verdict, are_enough


class Act(StrEnum):
    """What a person can do on the page of a proposal. Commenting is never off."""

    APPROVE = "approve"
    EDIT = "edit"
    REQUEST_CHANGES = "request_changes"
    REJECT = "reject"
    CLAIM = "claim"
    RELEASE = "release"
    ASSIGN = "assign"
    REOPEN = "reopen"


class OffBecause(StrEnum):
    """Why a form is off."""

    NOT_ALLOWED = "not_allowed"
    NOT_READY = "not_ready"
    CLOSED = "closed"
    ALREADY_APPROVED = "already_approved"
    AUTHOR = "author"
    NEEDS_RANK = "needs_rank"
    PERSONAL_DATA = "personal_data"
    NOTHING_TO_EDIT = "nothing_to_edit"
    TAKEN = "taken"
    NOT_TAKEN = "not_taken"


class Off(BaseModel):
    """A form that is off: the reason, and the sentence that says it."""

    because: OffBecause
    words: str


class GivenApproval(BaseModel):
    """One person's approval that counts for the present content."""

    by: str
    at: AwareDatetime


class Progress(BaseModel):
    """How far the approvals are. `missing` says whose is wanted, such as `a lead`; or is empty."""

    needed: int
    given: list[GivenApproval]
    missing: str


def offs_of(detail: ProposalDetail, person: Principal) -> dict[Act, Off]:
    """Return the forms that are off for this person, each with its reason."""
    found: dict[Act, Off] = {}
    for act in Act:
        off = _off(act, detail, person)
        if off is not None:
            found[act] = off
    return found


def progress_of(detail: ProposalDetail) -> Progress | None:
    """Return how far the approvals of an open proposal are; None once it is closed."""
    review = detail.review
    if review is None or not detail.status.is_open or detail.status is ProposalStatus.PARKED:
        return None
    return Progress(
        needed=_least(detail, review),
        given=[GivenApproval(by=a.by, at=a.created_at) for a in detail.approvals],
        missing=_missing(detail, detail.approvals, review),
    )


def _off(act: Act, detail: ProposalDetail, person: Principal) -> Off | None:
    match act:
        case Act.ASSIGN if not person.may(Permission.ASSIGN):
            return _not_allowed("assigns a review to somebody", ApiRole.LEAD)
        case Act.REOPEN if not person.may(Permission.REOPEN):
            return _not_allowed("reopens what was parked", ApiRole.LEAD)
        case Act.REOPEN:
            return None if detail.status is ProposalStatus.PARKED else _not_parked()
        case _ if not person.may(Permission.DECIDE):
            return _off_because(
                OffBecause.NOT_ALLOWED,
                f"You are signed in as {person.name} ({person.role}), who may read this but not"
                " decide.",
            )
        case _:
            return _of_status(detail) or _of_review(act, detail, person)


def _of_review(act: Act, detail: ProposalDetail, person: Principal) -> Off | None:
    """Return why a form is off though the proposal waits for a decision."""
    assignee = detail.review.assignee if detail.review else None
    match act:
        case Act.APPROVE:
            return why_not_approve(detail, person) or _of_personal_data(detail)
        case Act.EDIT if detail.change.operation is Operation.RETIRE:
            return _off_because(OffBecause.NOTHING_TO_EDIT, "Nothing would be left to edit.")
        case Act.CLAIM if assignee is not None:
            return _off_because(OffBecause.TAKEN, f"{assignee} has it.")
        case Act.RELEASE if assignee is None:
            return _off_because(OffBecause.NOT_TAKEN, "Nobody has it.")
        case Act.RELEASE if not (
            same_person(assignee, person.name) or person.may(Permission.ASSIGN)
        ):
            return _off_because(OffBecause.TAKEN, f"{assignee} has it; a lead can give it back.")
        case _:
            return None


def _of_status(detail: ProposalDetail) -> Off | None:
    match detail.status:
        case ProposalStatus.IN_REVIEW:
            return None
        case ProposalStatus.DRAFTING:
            words = "It is being drafted and verified. It can be decided on once that is done."
        case ProposalStatus.CHANGES_REQUESTED:
            words = "Changes were requested. The new draft can be decided on once it is verified."
        case ProposalStatus.CONFLICTED:
            words = "The item changed meanwhile. It can be decided on once it is verified again."
        case ProposalStatus.PARKED:
            return _off_because(OffBecause.CLOSED, "It is parked. A lead can reopen it.")
        case _:
            return _off_because(OffBecause.CLOSED, "The review is over.")
    return _off_because(OffBecause.NOT_READY, words)


def why_not_approve(detail: ProposalDetail, person: Principal) -> Off | None:
    """Return why this person's approval would change nothing, if that is so."""
    review = detail.review
    if review is None or are_enough(detail.approvals, review, detail.change.kind):
        # What was approved by enough people and came back, one of them may approve again.
        return None
    if any(same_person(approval.by, person.name) for approval in detail.approvals):
        return _off_because(
            OffBecause.ALREADY_APPROVED,
            "You have approved this content. The next approval must come from somebody else.",
        )
    least = _least(detail, review)
    if same_person(review.author, person.name) and least == 1:
        did = "asked for this" if detail.request else "resolved this case"
        return _off_because(
            OffBecause.AUTHOR, f"You {did} yourself, so somebody else must approve it."
        )
    senior = _wanted_rank(detail.approvals, review)
    if senior and len(detail.approvals) >= least and not has_rank(person.role, senior):
        return _off_because(
            OffBecause.NEEDS_RANK, f"Enough people have approved it; what it needs is a {senior}."
        )
    return None


def missing_after(detail: ProposalDetail, person: Principal) -> str:
    """Return whose approval is still wanted once this person has approved; empty if nobody's."""
    if detail.review is None:
        return ""
    theirs = Decision(
        id=detail.id,
        proposal_id=detail.id,
        verdict=Verdict.APPROVE,
        content_hash=detail.content_hash,
        by=person.name,
        role=person.role,
        created_at=detail.updated_at,
    )
    return _missing(detail, [*detail.approvals, theirs], detail.review)


def _of_personal_data(detail: ProposalDetail) -> Off | None:
    if not detail.personal_data:
        return None
    return _off_because(
        OffBecause.PERSONAL_DATA,
        "It still holds what looks like personal data, which would become knowledge. Edit it out,"
        " or say that it is nobody's.",
    )


def _least(detail: ProposalDetail, review: Review) -> int:
    needed = review.clock.policy.approvals
    return needed if detail.change.kind is ItemKind.ARTICLE else max(2, needed)


def _wanted_rank(approvals: Sequence[Decision], review: Review) -> ApiRole | None:
    """Return the rank that one approval must still come from."""
    senior = review.clock.policy.one_from
    if senior is None or any(has_rank(a.role, senior) for a in approvals):
        return None
    return senior


def _missing(detail: ProposalDetail, approvals: Sequence[Decision], review: Review) -> str:
    """Return whose approval is wanted beside these, after the words `it waits for`."""
    if are_enough(approvals, review, detail.change.kind):
        return ""
    left = _least(detail, review) - len(approvals)
    senior = _wanted_rank(approvals, review)
    if left > 1:
        return f"{left} people, one of them a {senior}" if senior else f"{left} people"
    if senior:
        return f"a {senior}"
    if not approvals:
        return f"anybody but {review.author}" if review.author else "one person"
    if left <= 0:
        return f"somebody other than {review.author}"
    return "a second person" if len(approvals) == 1 else "one more person"


def _not_allowed(does: str, rank: ApiRole) -> Off:
    return _off_because(OffBecause.NOT_ALLOWED, f"Only a {rank} or an administrator {does}.")


def _not_parked() -> Off:
    return _off_because(OffBecause.CLOSED, "Only what was parked can be reopened.")


def _off_because(because: OffBecause, words: str) -> Off:
    return Off(because=because, words=words)
