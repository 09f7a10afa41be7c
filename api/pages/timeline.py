"""What happened to a proposal, in one order: drafts, decisions, what people and time did."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from uuid import UUID

from pydantic import AwareDatetime, BaseModel

from api.pages.rejection_words import REASON_WORDS
from api.services.proposal_view import ProposalDetail
from domain.proposals import ReplayEffect, Verification
from domain.reviews import CommandKind, Decision, DecisionEffect, IgnoredBecause, Verdict
from store.nearby import Event
from store.reviews import CommandRecord, Comment

EVENTS = (
    "review_remind",
    "review_escalate",
    "review_park",
    "evidence_added",
    "proposal_sent_back",
    "proposal_conflicted",
    "proposal_applied",
)
"""The entries of the audit log that the timeline tells; the rest is told by rows of their own."""


class EntryKind(StrEnum):
    """What an entry is about, for its sign."""

    DRAFT = "draft"
    PROOF = "proof"
    DECISION = "decision"
    PEOPLE = "people"
    CLOCK = "clock"
    CASE = "case"
    COMMENT = "comment"
    LIVE = "live"


class Entry(BaseModel):
    """One thing that happened: `who` did `what`, and what came of it. `said` is in their words."""

    at: AwareDatetime
    kind: EntryKind
    who: str = ""
    what: str
    effect: str = ""
    said: str = ""
    comment: Comment | None = None
    intervention_id: UUID | None = None


def timeline_of(
    detail: ProposalDetail, commands: Sequence[CommandRecord], events: Sequence[Event]
) -> list[Entry]:
    """Return all that happened to the proposal, newest last."""
    entries = [
        *_drafts(detail),
        *_proofs(detail.verification),
        *(_decision(decision) for decision in detail.decisions),
        *(_command(command) for command in commands),
        *(_event(event) for event in events),
        *(_comment(comment) for comment in detail.comments),
    ]
    return sorted(entries, key=lambda entry: entry.at)


def _drafts(detail: ProposalDetail) -> Iterator[Entry]:
    for draft in detail.drafts:
        what = "drafted it" if draft.draft == 1 else f"drafted it again: draft {draft.draft}"
        by = draft.drafted_by
        is_analyst = detail.analyst is not None and by == detail.analyst.name
        who = f"The {by} analyst" if is_analyst else by
        yield Entry(at=draft.created_at, kind=EntryKind.DRAFT, who=who, what=what)


def _proofs(verification: Verification | None) -> Iterator[Entry]:
    """Yield the replay of the present draft; those of earlier ones are not kept."""
    if verification is None:
        return
    fixed, broken = map(verification.count, (ReplayEffect.FIXED, ReplayEffect.BROKEN))
    yield Entry(
        at=verification.verified_at,
        kind=EntryKind.PROOF,
        what=f"{len(verification.cases)} past queries were asked again",
        effect=f"breaks {broken}, fixes {fixed}",
    )


_DID = {
    Verdict.APPROVE: "approved",
    Verdict.REJECT: "rejected",
    Verdict.REQUEST_CHANGES: "requested changes",
}
_CAME_OF_IT = {
    DecisionEffect.PENDING: "not taken up yet",
    DecisionEffect.COUNTED: "counts",
    DecisionEffect.APPROVED: "decided it",
    DecisionEffect.REJECTED: "decided it",
    DecisionEffect.CHANGES_REQUESTED: "drafted again",
}
_IGNORED = {
    IgnoredBecause.UNKNOWN_DECISION: "it was not on record",
    IgnoredBecause.REVIEW_CLOSED: "the review was over",
    IgnoredBecause.STALE_CONTENT: "the content had changed",
    IgnoredBecause.NOT_ALLOWED: "that role may not decide",
    IgnoredBecause.ALREADY_APPROVED_BY_THIS_PERSON: "the same person had approved it before",
    IgnoredBecause.INVALID_EDIT: "the edit was of something else",
    IgnoredBecause.PERSONAL_DATA: "personal data was left in it",
    IgnoredBecause.EDIT_BREAKS: "the edit does worse than what was seen, so it came back",
    IgnoredBecause.EDIT_NOT_VERIFIED: "the edit could not be verified, so it came back",
}


def _decision(decision: Decision) -> Entry:
    what = _did(decision)
    if decision.effect is DecisionEffect.IGNORED:
        why = _IGNORED.get(decision.reason) if decision.reason else None
        effect = f"no effect: {why}" if why else "no effect"
    else:
        effect = _CAME_OF_IT[decision.effect]
    return Entry(
        at=decision.created_at,
        kind=EntryKind.DECISION,
        who=decision.by,
        what=what,
        effect=effect,
        said=decision.comment,
    )


def _did(decision: Decision) -> str:
    if decision.rejection_reason is not None:
        return f"{_DID[decision.verdict]}: {REASON_WORDS[decision.rejection_reason].lower()}"
    if decision.edited_change is None:
        return _DID[decision.verdict]
    saved = decision.verdict is Verdict.REQUEST_CHANGES
    return "edited it, for others to decide on" if saved else f"{_DID[decision.verdict]} with edits"


def _command(command: CommandRecord) -> Entry:
    what = {
        CommandKind.CLAIM: "took it",
        CommandKind.RELEASE: "gave it back",
        CommandKind.ASSIGN: f"gave it to {command.assignee}",
        CommandKind.REOPEN: "reopened it",
    }[command.kind]
    return Entry(at=command.created_at, kind=EntryKind.PEOPLE, who=command.by, what=what)


def _comment(comment: Comment) -> Entry:
    return Entry(
        at=comment.created_at,
        kind=EntryKind.COMMENT,
        who=comment.by,
        what="said",
        comment=comment,
    )


def _event(event: Event) -> Entry:
    group = str(event.details.get("group", ""))
    match event.action:
        case "review_remind":
            return Entry(at=event.at, kind=EntryKind.CLOCK, what=f"The {group}s were reminded")
        case "review_escalate":
            return Entry(
                at=event.at, kind=EntryKind.CLOCK, what=f"Nobody had decided: to the {group}s"
            )
        case "review_park":
            return Entry(
                at=event.at, kind=EntryKind.CLOCK, what="Nobody had decided in time: parked"
            )
        case "evidence_added":
            return Entry(
                at=event.at,
                kind=EntryKind.CASE,
                what="Another case showed the same",
                intervention_id=_id(event.details.get("intervention_id")),
            )
        case "proposal_sent_back":
            return Entry(
                at=event.at,
                kind=EntryKind.DRAFT,
                what="The first draft did not fix its own case, and was sent back once",
            )
        case "proposal_conflicted":
            return Entry(at=event.at, kind=EntryKind.DRAFT, what="The item had changed meanwhile")
        case _:
            release = event.details.get("release")
            return Entry(at=event.at, kind=EntryKind.LIVE, what=f"Live in release {release}")


def _id(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
