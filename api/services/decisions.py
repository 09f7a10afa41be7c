"""Takes decisions: checks them against the record, keeps every one, and tells the workflow.

The workflow has the last word; the check here only answers at once what is already known.
"""

import asyncio
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID, uuid4, uuid5

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from analysis.personal_fields import PersonalPart
from api.content_field import read_posted_content
from api.context import Context
from api.outbox_entries import enqueue_decision
from api.problems import ProblemError, from_domain_error, invalid_field
from api.services.edits import (
    PersonalDataProblem,
    keep_public_texts,
    refuse_invented_wordings,
    refuse_placeholders,
    unconfirmed_personal_data,
    with_shown_wordings,
)
from domain.base import Line, OptionalText
from domain.errors import NotAllowedError, ReviewClosedError, StaleContentError
from domain.identity import Principal
from domain.knowledge import Change
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import (
    Decision,
    DecisionEffect,
    IgnoredBecause,
    RejectionReason,
    Review,
    Ruling,
    Verdict,
    may_decide,
    rule_on,
)
from store import audit
from store import proposals as stored
from store import reviews as stored_reviews
from store.database import Connection
from store.workspaces import read_settings

_NAMESPACE = UUID("5f8e2a52-0a55-4a5e-9c83-6f6f0b8f6a10")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.02, 0.2


class DecisionRequest(BaseModel):
    """A verdict on the draft with exactly this content hash."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {"verdict": "approve", "content_hash": "3b2c…64 hexadecimal digits"},
                {
                    "verdict": "reject",
                    "content_hash": "3b2c…64 hexadecimal digits",
                    "comment": "This was agreed for one customer only.",
                    "rejection_reason": "not_general",
                },
            ]
        },
    )

    verdict: Verdict
    content_hash: Line = Field(description="`content_hash` of the proposal as it was read.")
    comment: OptionalText = Field(
        default="",
        description="Why. Required with 'reject', and with 'request_changes' without an edit.",
    )
    edited_change: Annotated[Change | None, BeforeValidator(read_posted_content)] = Field(
        default=None,
        description="With 'approve': the change with other content, which is what is approved "
        "once it is verified. With 'request_changes': the next draft, word for word, which nobody "
        "has approved. "
        "Without `phrasings` it keeps those that are shown; an empty list drops all.",
    )
    rejection_reason: RejectionReason | None = Field(
        default=None, description="With 'reject': why, by name; `other` if it is not given."
    )
    not_personal: tuple[Line, ...] = Field(
        default=(),
        max_length=100,
        description="With 'approve': exact texts of `personal_data` that are nobody's personal "
        "data. The workspace keeps them in `public_texts`.",
    )


def decision_id_of(caller: Principal, proposal_id: UUID, idempotency_key: str | None) -> UUID:
    """Return the decision's id: always the same for one person's repeated call."""
    if not idempotency_key:
        return uuid4()
    # NUL, which no name and no header holds: "a/b" with "c" is not "a" with "b/c".
    parts = (caller.workspace, str(proposal_id), caller.name, idempotency_key)
    return uuid5(_NAMESPACE, "\0".join(parts))


async def decide(
    context: Context,
    caller: Principal,
    proposal_id: UUID,
    request: DecisionRequest,
    *,
    key: str | None,
) -> Decision:
    """Keep a decision and tell the workflow; return it, pending or already settled.

    One without effect is kept too, and raised as the problem that it is: not allowed (403), stale
    content, closed review or already approved (409), an edit of something else (422).
    """
    _check_comment(request)
    decision_id = decision_id_of(caller, proposal_id, key)
    async with context.database.transaction(caller.workspace) as connection:
        proposal = await stored.lock_proposal(connection, caller.workspace, proposal_id)
        earlier = await stored_reviews.find_decision(connection, caller.workspace, decision_id)
        personal: list[PersonalPart] = []
        request = _with_shown_wordings(request, proposal, earlier)
        if earlier is None:
            personal = await _personal_data(connection, caller, proposal, request)
            decision = _decision(decision_id, caller, proposal, request)
            refusal = await _keep(
                connection, caller.workspace, proposal, decision, request, personal
            )
        else:
            decision, refusal = _same_as(earlier, request), earlier.reason
    # Raised only now, so that the record of the refusal is committed.
    if refusal is not None:
        raise refused(refusal, personal)
    if decision.effect is DecisionEffect.PENDING:
        await context.delivery.decide(caller.workspace, proposal.origin, proposal_id, decision.id)
    return decision


async def _personal_data(
    connection: Connection, caller: Principal, proposal: Proposal, request: DecisionRequest
) -> list[PersonalPart]:
    """Return what an approval would publish of personal data; an edit with any is refused.

    It is refused at once, so that the record of the refusal does not hold the edit.
    """
    # Whoever may not decide shall not learn either what the proposal holds.
    edit = request.edited_change
    stores_text = request.verdict is Verdict.APPROVE or edit is not None
    if not stores_text or not may_decide(caller.role):
        return []
    settings = await read_settings(connection, caller.workspace)
    change = edit or proposal.change
    found = await unconfirmed_personal_data(settings, change, request.not_personal)
    if edit is not None and found:
        raise PersonalDataProblem(found, "edited_change.")
    # Of another draft the ruling says more: that it is no longer the present one.
    if edit is not None and request.content_hash == proposal.content_hash:
        refuse_invented_wordings(proposal, edit)
    return found


def _with_shown_wordings(
    request: DecisionRequest, proposal: Proposal, earlier: Decision | None
) -> DecisionRequest:
    """Return the request with its edit whole; that of a repeated call is as it was at first."""
    if request.edited_change is None:
        return request
    shown = (earlier and earlier.edited_change) or proposal.change
    edit = with_shown_wordings(request.edited_change, shown)
    return request.model_copy(update={"edited_change": edit})


def _check_comment(request: DecisionRequest) -> None:
    edit = request.edited_change
    says_itself = request.verdict is Verdict.APPROVE or edit is not None
    if not says_itself and not request.comment:
        raise invalid_field("comment", f"is required with '{request.verdict}': say why")
    if request.rejection_reason is not None and request.verdict is not Verdict.REJECT:
        raise invalid_field("rejection_reason", "goes with the verdict 'reject' only")
    if edit is None:
        return
    if request.verdict is Verdict.REJECT:
        raise invalid_field("edited_change", "does not go with the verdict 'reject'")
    if request.verdict is Verdict.REQUEST_CHANGES and edit.content_hash() == request.content_hash:
        raise invalid_field("edited_change", "says what the proposal says already")
    refuse_placeholders(edit)


def _decision(
    decision_id: UUID, caller: Principal, proposal: Proposal, request: DecisionRequest
) -> Decision:
    edit = request.edited_change
    unchanged = edit is not None and edit.content_hash() == request.content_hash
    return Decision(
        id=decision_id,
        proposal_id=proposal.id,
        verdict=request.verdict,
        content_hash=request.content_hash,
        comment=request.comment,
        edited_change=None if unchanged else edit,
        rejection_reason=_rejection_reason(request),
        by=caller.name,
        role=caller.role,
        created_at=datetime.now(UTC),
    )


def _rejection_reason(request: DecisionRequest) -> RejectionReason | None:
    if request.verdict is not Verdict.REJECT:
        return None
    return request.rejection_reason or RejectionReason.OTHER


def _same_as(earlier: Decision, request: DecisionRequest) -> Decision:
    same = (earlier.verdict, earlier.content_hash, earlier.comment) == (
        request.verdict,
        request.content_hash,
        request.comment,
    ) and earlier.rejection_reason in {None, _rejection_reason(request)}
    edit = request.edited_change
    approved = edit.content_hash() if edit else request.content_hash
    if not same or earlier.approved_hash != approved:
        raise ProblemError(
            409,
            "idempotency_conflict",
            "This Idempotency-Key was used for another decision",
            "Use a new key for each decision.",
        )
    return earlier


async def _keep(
    connection: Connection,
    workspace: str,
    proposal: Proposal,
    decision: Decision,
    request: DecisionRequest,
    personal: list[PersonalPart],
) -> IgnoredBecause | None:
    """Write the decision and its audit entry; return why it has no effect, if it has none."""
    ruling = await _rule(connection, workspace, proposal, decision, personal)
    refusal = ruling.reason if ruling.effect is DecisionEffect.IGNORED else None
    public: list[str] = []
    if refusal is None:
        change = decision.edited_change or proposal.change
        public = await keep_public_texts(connection, workspace, change, request.not_personal)
        await stored_reviews.insert_decision(connection, workspace, decision)
        await enqueue_decision(connection, workspace, proposal.origin, proposal.id, decision.id)
    else:
        await stored_reviews.insert_refused_decision(connection, workspace, decision, ruling)
    details = {
        "decision_id": str(decision.id),
        "verdict": decision.verdict.value,
        "content_hash": decision.content_hash,
        "approved_hash": decision.approved_hash,
        "role": decision.role.value,
    }
    if decision.rejection_reason is not None:
        details["rejection_reason"] = decision.rejection_reason.value
    if public:
        details["made_public"] = str(len(public))
    await audit.record(
        connection,
        workspace,
        actor=decision.by,
        action="decision_made" if refusal is None else "decision_refused",
        subject=f"proposal/{proposal.id}",
        details=details if refusal is None else {**details, "reason": refusal.value},
    )
    return refusal


async def _rule(
    connection: Connection,
    workspace: str,
    proposal: Proposal,
    decision: Decision,
    personal: list[PersonalPart],
) -> Ruling:
    review: Review | None = await stored_reviews.find_review(connection, workspace, proposal.id)
    if review is None:
        return Ruling(effect=DecisionEffect.IGNORED, reason=IgnoredBecause.REVIEW_CLOSED)
    approvals = await stored_reviews.list_approvals(
        connection, workspace, proposal.id, proposal.content_hash
    )
    return rule_on(
        decision,
        status=proposal.status,
        content_hash=proposal.content_hash,
        review=review,
        approvals=approvals,
        change=proposal.change,
        personal_data=personal,
    )


def refused(reason: IgnoredBecause, personal: Sequence[PersonalPart] = ()) -> ProblemError:
    """Return the problem of a decision that had no effect; `personal` is what stood in its way."""
    match reason:
        case IgnoredBecause.PERSONAL_DATA:
            return PersonalDataProblem(personal)
        case IgnoredBecause.NOT_ALLOWED:
            return from_domain_error(NotAllowedError("This role may not decide on proposals."))
        case IgnoredBecause.STALE_CONTENT:
            return from_domain_error(StaleContentError())
        case IgnoredBecause.INVALID_EDIT:
            return invalid_field(
                "edited_change",
                "may differ from the proposal's change in its content only, and must be valid",
            )
        case IgnoredBecause.EDIT_BREAKS | IgnoredBecause.EDIT_NOT_VERIFIED:
            return ProblemError(
                409,
                reason.value,
                "The edit came back instead of going live",
                "It is the draft now. Read what its verification shows; then it can be approved.",
            )
        case IgnoredBecause.ALREADY_APPROVED_BY_THIS_PERSON:
            return ProblemError(
                409,
                reason.value,
                "This person has approved this content already",
                "A second approval must come from somebody else.",
            )
        case IgnoredBecause.REVIEW_CLOSED | IgnoredBecause.UNKNOWN_DECISION:
            return from_domain_error(
                ReviewClosedError("Nobody can decide on this proposal in its present status.")
            )


async def wait_until_done(context: Context, workspace: str, decision: Decision) -> None:
    """Return once the workflow has ruled on a decision and applied it, or after a short wait.

    An edit is verified before that.
    """
    at_work = {ProposalStatus.APPROVED}
    if decision.edited_change is not None:
        at_work.add(ProposalStatus.CHANGES_REQUESTED)
    deadline = time.monotonic() + context.settle_seconds
    pause = _FIRST_PAUSE
    while time.monotonic() < deadline:
        async with context.database.transaction(workspace) as connection:
            found = await stored_reviews.find_decision(connection, workspace, decision.id)
            proposal = await stored.get_proposal(connection, workspace, decision.proposal_id)
        settled = found is not None and found.effect is not DecisionEffect.PENDING
        if settled and proposal.status not in at_work:
            return
        await asyncio.sleep(pause)
        pause = min(_LONGEST_PAUSE, pause * 1.5)
