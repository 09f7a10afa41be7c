"""Where a proposal stands for the person who looks at it, and what they can do about it."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel

from api.services.proposal_view import ProposalDetail
from domain.identity import Permission, Principal, has_rank, same_person
from domain.proposals import ProposalStatus
from domain.reviews import Decision, DecisionEffect, Verdict

_SETTLES_WITHIN = timedelta(seconds=30)


class Tone(StrEnum):
    """How a message is meant; each has its own sign, so that colour says nothing alone."""

    GOOD = "good"
    BAD = "bad"
    WAIT = "wait"
    INFO = "info"


class Standing(BaseModel):
    """What the page says at its top, and which forms it offers."""

    tone: Tone
    headline: str
    explanation: str = ""
    refreshes: bool = False
    may_decide: bool = False
    may_approve: bool = False
    may_claim: bool = False
    may_release: bool = False
    may_assign: bool = False
    may_reopen: bool = False
    approval_note: str = ""


def standing_of(detail: ProposalDetail, person: Principal, now: datetime) -> Standing:
    """Return where the proposal stands for this person now."""
    pending = [d for d in detail.decisions if d.effect is DecisionEffect.PENDING]
    if pending and now - pending[-1].created_at < _SETTLES_WITHIN:
        return Standing(
            tone=Tone.WAIT,
            headline="Your decision is recorded."
            if same_person(pending[-1].by, person.name)
            else f"A decision by {pending[-1].by} is recorded.",
            explanation="It takes effect in a moment; this page looks again by itself.",
            refreshes=True,
        )
    if detail.status is ProposalStatus.IN_REVIEW:
        return _in_review(detail, person, late=bool(pending))
    standing = _AFTERWARDS.get(detail.status, _DRAFTING)
    explanation = standing.explanation
    if detail.status is ProposalStatus.CHANGES_REQUESTED and detail.request is not None:
        explanation = "A person asked for it, so it comes back as it was; edit it to change it."
    if detail.status is ProposalStatus.REJECTED:
        explanation = _reason(detail.decisions, DecisionEffect.REJECTED)
    if detail.status is ProposalStatus.APPLIED:
        return standing.model_copy(
            update={"headline": f"Live in release {detail.applied_release}."}
        )
    may_reopen = detail.status is ProposalStatus.PARKED and person.may(Permission.REOPEN)
    return standing.model_copy(update={"explanation": explanation, "may_reopen": may_reopen})


def _in_review(detail: ProposalDetail, person: Principal, *, late: bool) -> Standing:
    needed = detail.approvals_needed or 1
    given = [decision.by for decision in detail.approvals]
    mine = any(same_person(by, person.name) for by in given)
    decides = person.may(Permission.DECIDE)
    review = detail.review
    assignee = review.assignee if review else None
    is_mine = same_person(assignee, person.name)
    headline, explanation = "Waits for a decision.", ""
    if given:
        headline = f"Approved by {_listed(given)}: waits for {_more(needed - len(given))}."
        explanation = "Nothing has changed yet."
    elif needed > 1:
        explanation = f"It needs approvals by {needed} different people."
    if late:
        headline = "A decision is recorded, but was not taken up yet."
        explanation = "It takes effect as soon as the workflow engine is reachable."
    return Standing(
        tone=Tone.WAIT if given or late else Tone.INFO,
        headline=headline,
        explanation=explanation,
        may_decide=decides,
        may_approve=decides and not mine,
        may_claim=decides and assignee is None,
        may_release=assignee is not None and (is_mine or person.may(Permission.ASSIGN)),
        may_assign=person.may(Permission.ASSIGN),
        approval_note=_approval_note(detail, person, mine=mine, needed=needed),
    )


def _approval_note(detail: ProposalDetail, person: Principal, *, mine: bool, needed: int) -> str:
    if mine:
        return "You have approved this content. The next approval must come from somebody else."
    review = detail.review
    if review and same_person(review.author, person.name):
        did = "asked for this" if detail.request else "resolved this case"
        return f"You {did} yourself, so somebody else must approve it, too."
    senior = review.clock.policy.one_from if review else None
    if senior and not has_rank(person.role, senior):
        return f"One of the approvals must come from a {senior}."
    if needed > 1 and len(detail.approvals) + 1 < needed:
        return f"After yours it waits for {_more(needed - len(detail.approvals) - 1)}."
    return "Yours is the last approval it needs: the change goes live at once."


def _more(count: int) -> str:
    return "a second person" if count <= 1 else f"{count} more people"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _reason(decisions: list[Decision], effect: DecisionEffect) -> str:
    for decision in reversed(decisions):
        if decision.effect is effect:
            verb = "rejected it" if decision.verdict is Verdict.REJECT else "asked for changes"
            return f"{decision.by} {verb}: {decision.comment}"
    return ""


_DRAFTING = Standing(
    tone=Tone.WAIT,
    headline="Being drafted and verified.",
    explanation="It can be decided on as soon as its verification is done.",
    refreshes=True,
)

_AFTERWARDS = {
    ProposalStatus.CHANGES_REQUESTED: Standing(
        tone=Tone.WAIT,
        headline="Changes were requested.",
        explanation="It is being drafted again with the comment; then it can be decided on.",
        refreshes=True,
    ),
    ProposalStatus.APPROVED: Standing(
        tone=Tone.WAIT,
        headline="Approved; being put live.",
        explanation="This page looks again by itself.",
        refreshes=True,
    ),
    ProposalStatus.CONFLICTED: Standing(
        tone=Tone.WAIT,
        headline="The item changed meanwhile.",
        explanation="The change is being laid on its newest revision and verified again.",
        refreshes=True,
    ),
    ProposalStatus.APPLIED: Standing(
        tone=Tone.GOOD, headline="Live.", explanation="Agents find it from now on."
    ),
    ProposalStatus.REJECTED: Standing(tone=Tone.BAD, headline="Rejected. Nothing was changed."),
    ProposalStatus.SUPERSEDED: Standing(
        tone=Tone.INFO,
        headline="Superseded. Nothing was changed.",
        explanation="Another proposal, or a change of the item, has made this one needless.",
    ),
    ProposalStatus.PARKED: Standing(
        tone=Tone.BAD,
        headline="Parked: nobody decided in time.",
        explanation="Nothing was changed. A lead can reopen it.",
    ),
}
