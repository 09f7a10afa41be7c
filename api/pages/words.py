"""What pages say in sentences: what a change would do, when something is due, where it stands."""

from datetime import UTC, datetime, timedelta

from domain.conversation import InterventionStatus
from domain.escalation import ReviewClock, Step, StepKind
from domain.knowledge import (
    Access,
    ArticleContent,
    Change,
    ItemContent,
    ItemKind,
    Operation,
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


def effect_of(change: Change) -> str:
    """Return in one sentence what applying a change would do."""
    name, title = KIND_NAMES[change.kind], change.content.title
    if change.operation is Operation.RETIRE:
        return f"Takes the {name} “{title}” away from the agent."
    if isinstance(change.content, ToolConnectionContent):
        return _effect_on_tools(change, change.content)
    if change.operation is Operation.REVISE:
        return f"Changes the {name} “{title}” (revision {change.base_revision})."
    if change.kind is ItemKind.POLICY:
        return f"Gives the agent a new policy to follow: “{title}”."
    if isinstance(change.content, ArticleContent):
        return f"Lets the agent answer: “{_excerpt(change.content.answer)}”"
    return f"Adds the {name} “{title}”."


def gist_of(content: ItemContent) -> str:
    """Return in one line what an item says."""
    match content:
        case ArticleContent():
            return _excerpt(content.answer)
        case PolicyContent():
            return _excerpt(content.rule)
        case ToolConnectionContent():
            return _excerpt(content.purpose)


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _EXCERPT else f"{line[:_EXCERPT].rpartition(' ')[0]} …"


def _effect_on_tools(change: Change, content: ToolConnectionContent) -> str:
    names = ", ".join(tool.name for tool in content.tools)
    writing = [tool.name for tool in content.tools if tool.access is Access.WRITE]
    effect = f"can change data: {', '.join(writing)}" if writing else "all of them only read"
    if change.operation is Operation.ADD:
        return f"Connects the agent to {content.system} with {names} ({effect})."
    return f"Changes what the agent can do in {content.system}: {names} ({effect})."


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
