"""When a draft is sent back before people see it: it does not fix the case that led to it."""

from domain.cases import AskResult
from domain.knowledge import ItemContent, ItemKind, Operation
from domain.proposals import (
    ActionReplay,
    Proposal,
    ProposalStatus,
    ReplayCase,
    ReplayEffect,
    Verification,
)
from domain.wordings import is_phrasing_revision

OPENING = "Replaying its own case:"
"""How the reason begins. An analyst that reads no prose knows it by this."""

_MAX_QUOTED = 500

_WHERE = {
    ItemKind.ARTICLE: "the question and the title",
    ItemKind.POLICY: "when the policy applies",
    ItemKind.TOOL_CONNECTION: "the purpose and the tools' descriptions",
}


def reason_to_send_back(
    proposal: Proposal, verification: Verification, base: ItemContent | None
) -> str:
    """Return why the draft should be written once more, in words for the analyst and for people.

    Returns the empty text where it should not: it fixes its own case, has been sent back, people
    have seen it or asked for it, or the replay cannot tell. It cannot of a retirement, of wordings
    alone, since one does not prove itself, or of a policy where the agent answers either way: a
    rule shows in what the agent does. `base` is the content that a revision is based on.
    """
    case = verification.original
    change = proposal.change
    is_first = proposal.status is ProposalStatus.DRAFTING and verification.sent_back is None
    if not is_first or proposal.intervention_id is None or case is None:
        return ""
    if case.effect is ReplayEffect.FIXED or change.operation is Operation.RETIRE:
        return ""
    if is_phrasing_revision(change, base):
        return ""
    if case.in_systems is not None and case.in_systems.effect is not ReplayEffect.FIXED:
        return _of_actions(case.in_systems)
    if change.kind is ItemKind.POLICY and case.before.answered and case.after.answered:
        return ""
    where = _WHERE[change.kind]
    return (
        f"{OPENING} {_what_happens(case)} Word {where} as the customer asked, without their "
        "personal data and without what only holds for them."
    )


def _of_actions(replayed: ActionReplay) -> str:
    """Return why by what was done in systems; nothing where the case does not show how it ends."""
    if replayed.effect is ReplayEffect.CHANGED:
        return ""
    return (
        f"{OPENING} {replayed.before} With this change: {replayed.after} Word the rule so that it "
        "says which tool is called, or is not, and by which facts of the case."
    )


def _what_happens(case: ReplayCase) -> str:
    if case.after.answered:
        return f"with this change the agent still answers from something else: {_used(case.after)}."
    why = case.after.handoff_reason[:_MAX_QUOTED].strip().rstrip(".")
    said = f" ({why})" if why else ""
    if case.before.answered:
        return f"with this change the agent hands the query off, which it answered before{said}."
    return f"with this change the agent still hands the query off{said}."


def _used(answer: AskResult) -> str:
    titles = [f"'{used.title[:100]}'" for used in answer.items_used[:3]]
    return ", ".join(titles) or "no item"


def is_better(second: Verification, first: Verification) -> bool:
    """Return whether the second draft fixes its own case and breaks no more than the first."""
    broken = second.count(ReplayEffect.BROKEN)
    return second.fixes_original and broken <= first.count(ReplayEffect.BROKEN)
