"""What pages say in sentences: what an item says, when something is due, where it stands."""

from datetime import UTC, datetime, timedelta

from domain.conversation import InterventionStatus
from domain.escalation import ReviewClock, Step, StepKind
from domain.knowledge import (
    ArticleContent,
    ItemContent,
    ItemKind,
    PolicyContent,
    ToolConnectionContent,
)
from domain.model_calls import BUDGET_USED_UP
from store.interventions import InterventionSummary

_EXCERPT = 160

KIND_NAMES = {
    ItemKind.ARTICLE: "article",
    ItemKind.POLICY: "policy",
    ItemKind.TOOL_CONNECTION: "tool connection",
}


def gist_of(content: ItemContent) -> str:
    """Return in one line what an item says."""
    match content:
        case ArticleContent():
            return excerpt(content.answer)
        case PolicyContent():
            return excerpt(content.rule)
        case ToolConnectionContent():
            return excerpt(content.purpose)


def excerpt(text: str) -> str:
    """Return a text on one line, its beginning only if it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else f"{line[:_EXCERPT].rpartition(' ')[0]} …"


def what_follows(clock: ReviewClock, step: Step) -> str:
    """Return what happens at the next step if nobody decides before."""
    if step.kind is StepKind.REMIND:
        return f"the {clock.group}s are reminded"
    if step.kind is StepKind.PARK:
        return "the proposal is parked; it is not approved"
    return f"it goes to the {clock.policy.tiers[clock.tier + 1].group}s"


def what_passes(clock: ReviewClock) -> str:
    """Return what happens when the present tier's time is over."""
    if clock.tier + 1 == len(clock.policy.tiers):
        return "it is parked: nothing changes, and a lead can reopen it"
    return f"it goes to the {clock.policy.tiers[clock.tier + 1].group}s; nothing changes by itself"


def is_waiting_for_tokens(intervention: InterventionSummary) -> bool:
    """Return whether it is read only once a new day brings tokens for language models."""
    has_failed = intervention.status is InterventionStatus.FAILED
    return intervention.error_code == BUDGET_USED_UP and not has_failed


def trouble_of(intervention: InterventionSummary) -> str:
    """Return what keeps an intervention, in a few words; empty if nothing does."""
    if is_waiting_for_tokens(intervention):
        return "waits for tomorrow's tokens"
    return (intervention.error_code or "").replace("_", " ")


def distance(moment: datetime, now: datetime | None = None) -> str:
    """Return how far away a moment is, in words: `in 2 days`, `3 hours ago`."""
    gap = moment - (now or datetime.now(UTC))
    amount = _amount(abs(gap))
    if amount is None:
        return "now"
    return f"in {amount}" if gap > timedelta(0) else f"{amount} ago"


def _amount(gap: timedelta) -> str | None:
    minutes = round(gap.total_seconds() / 60)
    if minutes < 1:
        return None
    for size, name in ((60 * 24, "day"), (60, "hour"), (1, "minute")):
        if minutes >= size * (2 if name == "day" else 1):
            count = round(minutes / size)
            return f"{count} {name}" + ("" if count == 1 else "s")
    return None
