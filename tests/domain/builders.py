"""Values of the domain with everything filled in that a test does not care about."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from domain.base import JsonObject
from domain.cases import AskResult, UsedItem
from domain.conversation import Submission
from domain.escalation import EscalationPolicy, ReviewClock, Tier, restart_clock
from domain.findings import Finding, Gap, Quote
from domain.identity import ApiRole
from domain.knowledge import (
    Access,
    ArticleContent,
    Change,
    ItemContent,
    ItemKind,
    Operation,
    PolicyContent,
    ToolConnectionContent,
    ToolSpec,
)
from domain.reviews import CommandKind, Decision, Review, ReviewCommand, Verdict

NOW = datetime(2026, 3, 31, 9, 12, tzinfo=UTC)
PROPOSAL = UUID("0195e000-0000-7000-8000-000000000001")


def content(kind: ItemKind = ItemKind.ARTICLE, text: str = "Within 30 days.") -> ItemContent:
    """Return a content of `kind` that holds `text`."""
    if kind is ItemKind.ARTICLE:
        return ArticleContent(title="Returns", question="How long?", answer=text)
    if kind is ItemKind.POLICY:
        return PolicyContent(title="Returns", rule=text)
    tool = ToolSpec(
        name="get_order", description=text, input_schema={"type": "object"}, access=Access.READ
    )
    return ToolConnectionContent(name="Orders", system="oms", tools=(tool,), purpose="Look up.")


def change(kind: ItemKind = ItemKind.ARTICLE, text: str = "Within 30 days.") -> Change:
    """Return the addition of one item that holds `text`."""
    return Change(kind=kind, operation=Operation.ADD, content=content(kind, text))


def policy(approvals: int = 1, one_from: ApiRole | None = None) -> EscalationPolicy:
    """Return a policy of two tiers of two days, each with a reminder after one."""
    tiers = tuple(
        Tier(group=group, due=timedelta(days=2), remind=(timedelta(days=1),))
        for group in (ApiRole.REVIEWER, ApiRole.LEAD)
    )
    return EscalationPolicy(tiers=tiers, approvals=approvals, one_from=one_from)


def clock(approvals: int = 1, one_from: ApiRole | None = None) -> ReviewClock:
    """Return the clock of a review that opened at NOW."""
    return restart_clock(policy(approvals, one_from), NOW)


def review(
    approvals: int = 1,
    *,
    author: str | None = None,
    assignee: str | None = None,
    one_from: ApiRole | None = None,
) -> Review:
    """Return a review that opened at NOW."""
    return Review(
        proposal_id=PROPOSAL,
        clock=clock(approvals, one_from),
        author=author,
        assignee=assignee,
        opened_at=NOW,
    )


def decision(
    by: str = "ana",
    *,
    on: Change | None = None,
    verdict: Verdict = Verdict.APPROVE,
    role: ApiRole = ApiRole.REVIEWER,
    edit: Change | None = None,
    content_hash: str | None = None,
) -> Decision:
    """Return a decision on `on` (or on the hash given)."""
    return Decision(
        id=uuid4(),
        proposal_id=PROPOSAL,
        verdict=verdict,
        content_hash=content_hash or (on or change()).content_hash(),
        comment="" if verdict is Verdict.APPROVE else "because",
        edited_change=edit,
        by=by,
        role=role,
        created_at=NOW,
    )


def command(
    kind: CommandKind,
    *,
    by: str = "ana",
    role: ApiRole = ApiRole.REVIEWER,
    assignee: str | None = None,
) -> ReviewCommand:
    """Return a command on the review."""
    return ReviewCommand(
        id=uuid4(),
        proposal_id=PROPOSAL,
        kind=kind,
        by=by,
        role=role,
        assignee=assignee,
        created_at=NOW,
    )


def posted(**fields: Any) -> JsonObject:
    """Return the least body of `POST /v1/interventions`, with `fields` on top."""
    return {
        "source": "zendesk",
        "external_id": "48213",
        "conversation": [{"role": "customer", "text": "Where is my refund?"}],
        "resolution": {"reply": "It was sent today."},
        **fields,
    }


def submission(**fields: Any) -> Submission:
    """Return the validated body."""
    return Submission.model_validate(posted(**fields))


def finding(*quotes: Quote) -> Finding:
    """Return a finding with these quotes."""
    return Finding(
        gap=Gap.MISSING_KNOWLEDGE,
        summary="The agent did not know the deadline.",
        human_did="Named the deadline.",
        quotes=quotes,
        confidence=0.5,
    )


def asked(answer: str = "", *, uses: UUID | None = None, answered: bool | None = None) -> AskResult:
    """Return an answer, or a hand-off if `answer` is empty and `answered` is not given."""
    used = (
        ()
        if uses is None
        else (UsedItem(item_id=uses, revision=1, kind=ItemKind.ARTICLE, title="x", score=1),)
    )
    return AskResult(
        answered=bool(answer) if answered is None else answered,
        answer=answer,
        items_used=used,
        confidence=0.5,
    )
