"""Reviews and decisions: who may decide, what each decision does, and why some do nothing."""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Self
from uuid import UUID

from pydantic import AwareDatetime, Field, model_validator

from domain.base import Line, Model, OptionalText
from domain.escalation import ReviewClock
from domain.identity import ApiRole, Permission, Principal, has_rank, same_person
from domain.knowledge import Change, ItemKind
from domain.proposals import ProposalStatus


class Verdict(StrEnum):
    """What a person says of a proposal."""

    APPROVE = "approve"
    REJECT = "reject"
    REQUEST_CHANGES = "request_changes"


class RejectionReason(StrEnum):
    """Why a person rejects a proposal, by name; the comment says it in words."""

    WRONG = "wrong"
    NOT_GENERAL = "not_general"
    ALREADY_KNOWN = "already_known"
    UNCLEAR = "unclear"
    UNSAFE = "unsafe"
    NOT_WANTED = "not_wanted"
    OTHER = "other"


class DecisionEffect(StrEnum):
    """What a decision did."""

    PENDING = "pending"
    COUNTED = "counted"
    APPROVED = "approved"
    REJECTED = "rejected"
    CHANGES_REQUESTED = "changes_requested"
    IGNORED = "ignored"


class IgnoredBecause(StrEnum):
    """Why a decision had no effect."""

    UNKNOWN_DECISION = "unknown_decision"
    REVIEW_CLOSED = "review_closed"
    STALE_CONTENT = "stale_content"
    NOT_ALLOWED = "not_allowed"
    ALREADY_APPROVED_BY_THIS_PERSON = "already_approved_by_this_person"
    INVALID_EDIT = "invalid_edit"
    PERSONAL_DATA = "personal_data"
    EDIT_BREAKS = "edit_breaks"
    EDIT_NOT_VERIFIED = "edit_not_verified"


class Decision(Model):
    """A verdict by one person on one exact content hash, and what it did.

    `edited_change` is what an approval approves instead; with requested changes it is the next
    draft, which nobody has approved.
    """

    id: UUID
    proposal_id: UUID
    verdict: Verdict
    content_hash: Line
    comment: OptionalText = ""
    edited_change: Change | None = None
    rejection_reason: RejectionReason | None = None
    by: Line
    role: ApiRole
    created_at: AwareDatetime
    effect: DecisionEffect = DecisionEffect.PENDING
    reason: IgnoredBecause | None = None
    settled_at: AwareDatetime | None = None

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        if self.edited_change is not None and self.verdict is Verdict.REJECT:
            raise ValueError("edited_change does not go with the verdict 'reject'")
        says_itself = self.verdict is Verdict.APPROVE or self.edited_change is not None
        if not says_itself and not self.comment:
            raise ValueError(f"{self.verdict} needs a comment that says why")
        if self.rejection_reason is not None and self.verdict is not Verdict.REJECT:
            raise ValueError("rejection_reason goes with the verdict 'reject' only")
        return self

    @property
    def approved_hash(self) -> str:
        """The hash that an approval approves: that of the edit, if there is one."""
        return self.edited_change.content_hash() if self.edited_change else self.content_hash


class Review(Model):
    """The human task of one proposal.

    `author` is the person whose intervention it was, or who asked for the change.
    """

    proposal_id: UUID
    clock: ReviewClock
    assignee: Line | None = None
    author: Line | None = None
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None = None


class Ruling(Model):
    """What a decision does to its proposal: its effect, the reason if it has none."""

    effect: DecisionEffect
    reason: IgnoredBecause | None = None
    approvals: int = Field(default=0, ge=0)


def _ignored(reason: IgnoredBecause) -> Ruling:
    return Ruling(effect=DecisionEffect.IGNORED, reason=reason)


def may_decide(role: ApiRole) -> bool:
    """Return whether a role may decide on proposals at all."""
    return Principal(workspace="any", name="any", role=role).may(Permission.DECIDE)


def rule_on(
    decision: Decision,
    *,
    status: ProposalStatus,
    content_hash: str,
    review: Review,
    approvals: Sequence[Decision],
    change: Change,
    personal_data: Collection[object] = (),
) -> Ruling:
    """Return what `decision` does, by the rules of DESIGN §3 (5).

    `status`, `content_hash` and `change` are the proposal's now; `approvals` are the decisions
    that were counted for that hash before. Policies and tool connections need two different
    people, and the author does not count as the only approver. An edit may
    change the content only: aimed at another item, kind or base it would be another proposal,
    reviewed under the wrong policy. `personal_data` is what the content that an approval would
    publish still holds of it, or what an edit would store: with any, nobody can.
    """
    if not may_decide(decision.role):
        return _ignored(IgnoredBecause.NOT_ALLOWED)
    if not status.is_open:
        return _ignored(IgnoredBecause.REVIEW_CLOSED)
    if decision.content_hash != content_hash:
        return _ignored(IgnoredBecause.STALE_CONTENT)
    if decision.verdict is Verdict.REJECT:
        return Ruling(effect=DecisionEffect.REJECTED)
    if decision.verdict is Verdict.REQUEST_CHANGES and decision.edited_change is None:
        return Ruling(effect=DecisionEffect.CHANGES_REQUESTED)
    if decision.edited_change is not None and not keeps_target(change, decision.edited_change):
        return _ignored(IgnoredBecause.INVALID_EDIT)
    if personal_data:
        return _ignored(IgnoredBecause.PERSONAL_DATA)
    if decision.verdict is Verdict.REQUEST_CHANGES:
        return Ruling(effect=DecisionEffect.CHANGES_REQUESTED)
    return _rule_on_approval(decision, content_hash, review, approvals, change.kind)


def _rule_on_approval(
    decision: Decision,
    content_hash: str,
    review: Review,
    approvals: Sequence[Decision],
    kind: ItemKind,
) -> Ruling:
    standing = [a for a in approvals if _stands(a, content_hash)]
    if decision.approved_hash != content_hash:
        standing = []
    repeats = any(same_person(earlier.by, decision.by) for earlier in standing)
    standing.append(decision)
    enough = are_enough(standing, review, kind)
    # Where a proposal came back to content that enough people had approved, nobody new may be
    # left to ask: then one of them says so again.
    if repeats and not enough:
        return _ignored(IgnoredBecause.ALREADY_APPROVED_BY_THIS_PERSON)
    effect = DecisionEffect.APPROVED if enough else DecisionEffect.COUNTED
    return Ruling(effect=effect, approvals=len(_different_people(standing)))


def keeps_target(change: Change, edit: Change) -> bool:
    """Return whether an edit changes nothing but the content of a change, and drops wordings.

    A wording that the change does not have would be nobody's: no customer used it.
    """
    invented = set(edit.phrasings) - set(change.phrasings)
    return not invented and _target_of(change) == _target_of(edit)


def _target_of(change: Change) -> tuple[object, ...]:
    return change.kind, change.operation, change.item_id, change.base_revision


def _stands(earlier: Decision, content_hash: str) -> bool:
    is_approval = earlier.verdict is Verdict.APPROVE and may_decide(earlier.role)
    return is_approval and earlier.approved_hash == content_hash


def _different_people(approvals: Sequence[Decision]) -> list[Decision]:
    first: list[Decision] = []
    for approval in approvals:
        if not any(same_person(approval.by, other.by) for other in first):
            first.append(approval)
    return first


def are_enough(approvals: Sequence[Decision], review: Review, kind: ItemKind) -> bool:
    """Return whether these approvals approve the proposal; two by one person count as one.

    For a `kind` other than articles fewer than two people are never enough, whatever the
    review's policy says.
    """
    policy = review.clock.policy
    least = policy.approvals if kind is ItemKind.ARTICLE else max(2, policy.approvals)
    if len(_different_people(approvals)) < least:
        return False
    if all(same_person(a.by, review.author) for a in approvals):
        return False
    return policy.one_from is None or any(has_rank(a.role, policy.one_from) for a in approvals)


class CommandKind(StrEnum):
    """What else people do to a review, beside deciding."""

    CLAIM = "claim"
    RELEASE = "release"
    ASSIGN = "assign"
    REOPEN = "reopen"


class ReviewCommand(Model):
    """One such act by one person; `assignee` goes with `assign`."""

    id: UUID
    proposal_id: UUID
    kind: CommandKind
    by: Line
    role: ApiRole
    assignee: Line | None = None
    created_at: AwareDatetime

    @model_validator(mode="after")
    def _assign_names_somebody(self) -> Self:
        if (self.kind is CommandKind.ASSIGN) != (self.assignee is not None):
            raise ValueError("assignee goes with 'assign', and only with it")
        return self


class CommandRuling(Model):
    """What a command does: the assignee after it, whether it took effect, and why not."""

    takes_effect: bool
    assignee: Line | None = None
    reopens: bool = False
    reason: OptionalText = ""


def rule_on_command(
    command: ReviewCommand, *, status: ProposalStatus, review: Review
) -> CommandRuling:
    """Return what a claim, release, assignment or reopening does to the review now."""
    lead = has_rank(command.role, ApiRole.LEAD)
    refused = CommandRuling(takes_effect=False, assignee=review.assignee)
    if command.kind is CommandKind.REOPEN:
        if not lead:
            return refused.model_copy(update={"reason": "only a lead or an admin may reopen"})
        if status is not ProposalStatus.PARKED:
            return refused.model_copy(update={"reason": "only a parked proposal can be reopened"})
        return CommandRuling(takes_effect=True, assignee=review.assignee, reopens=True)
    if status not in {ProposalStatus.IN_REVIEW, ProposalStatus.CHANGES_REQUESTED}:
        return refused.model_copy(update={"reason": "the review is closed"})
    if command.kind is CommandKind.ASSIGN:
        if not lead:
            return refused.model_copy(update={"reason": "only a lead or an admin may assign"})
        return CommandRuling(takes_effect=True, assignee=command.assignee)
    return _rule_on_claim(command, review, lead=lead)


def _rule_on_claim(command: ReviewCommand, review: Review, *, lead: bool) -> CommandRuling:
    mine = same_person(review.assignee, command.by)
    refused = CommandRuling(takes_effect=False, assignee=review.assignee)
    if not may_decide(command.role):
        return refused.model_copy(update={"reason": "only a reviewer, lead or admin may claim"})
    if command.kind is CommandKind.CLAIM:
        if review.assignee is not None and not mine:
            return refused.model_copy(update={"reason": "somebody else has claimed it"})
        return CommandRuling(takes_effect=True, assignee=command.by)
    if review.assignee is None or not (mine or lead):
        return refused.model_copy(update={"reason": "only the assignee or a lead may release it"})
    return CommandRuling(takes_effect=True, assignee=None)
