"""Where a proposal stands for the person who looks at it, and what they can do about it."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel

from api.pages.offered import (
    Act,
    Off,
    OffBecause,
    Progress,
    missing_after,
    offs_of,
    progress_of,
    why_not_approve,
)
from api.services.proposal_view import ProposalDetail
from domain.identity import Principal, same_person
from domain.knowledge import Operation
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
    """What the page says at its top, how far the approvals are, and which forms are off.

    While a decision is being taken up, `refreshes` is set and no form is offered.
    """

    tone: Tone
    headline: str
    explanation: str = ""
    refreshes: bool = False
    off: dict[Act, Off] = {}
    progress: Progress | None = None
    approval_note: str = ""

    def why_off(self, act: str) -> Off | None:
        """Return why a form is off, by the name of the act; None if it is offered."""
        return self.off.get(Act(act))

    def may(self, act: str) -> bool:
        """Return whether a form is offered, by the name of the act."""
        return Act(act) not in self.off

    @property
    def may_decide(self) -> bool:
        """Whether the person can reject it or ask for changes."""
        return Act.REJECT not in self.off

    @property
    def may_approve(self) -> bool:
        """Whether an approval is offered, if need be after personal data is confirmed."""
        off = self.off.get(Act.APPROVE)
        return off is None or off.because is OffBecause.PERSONAL_DATA

    @property
    def may_claim(self) -> bool:
        """Whether the person can take the review."""
        return Act.CLAIM not in self.off

    @property
    def may_release(self) -> bool:
        """Whether the person can give the review back."""
        return Act.RELEASE not in self.off

    @property
    def may_assign(self) -> bool:
        """Whether the person can give the review to somebody."""
        return Act.ASSIGN not in self.off and Act.REJECT not in self.off

    @property
    def may_reopen(self) -> bool:
        """Whether the person can let a parked review begin again."""
        return Act.REOPEN not in self.off


def standing_of(detail: ProposalDetail, person: Principal, now: datetime) -> Standing:
    """Return where the proposal stands for this person now."""
    standing = _standing(detail, person, now)
    off = offs_of(detail, person)
    if standing.refreshes:
        moment = Off(because=OffBecause.NOT_READY, words=standing.headline)
        off = {act: off.get(act, moment) for act in Act}
    return standing.model_copy(update={"off": off, "progress": progress_of(detail)})


def _standing(detail: ProposalDetail, person: Principal, now: datetime) -> Standing:
    pending = [d for d in detail.decisions if d.effect is DecisionEffect.PENDING]
    editing = _editing(detail)
    if editing is not None:
        return editing
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
    return standing.model_copy(update={"explanation": explanation})


def _editing(detail: ProposalDetail) -> Standing | None:
    """Return that an edit is being verified, if that is what the proposal waits for."""
    heard = (d for d in reversed(detail.decisions) if d.effect is not DecisionEffect.IGNORED)
    last = next(heard, None)
    if detail.status is not ProposalStatus.CHANGES_REQUESTED or last is None:
        return None
    if last.edited_change is None or last.approved_hash != detail.content_hash:
        return None
    approves = last.verdict is Verdict.APPROVE
    explanation = (
        "If it does no worse than what they saw, their approval counts then; otherwise it comes "
        "back. This page looks again by itself."
        if approves
        else "Then it can be decided on; nobody has approved it yet."
    )
    return Standing(
        tone=Tone.WAIT,
        headline=f"The edit by {last.by} is being verified.",
        explanation=explanation,
        refreshes=True,
    )


def _in_review(detail: ProposalDetail, person: Principal, *, late: bool) -> Standing:
    progress = progress_of(detail)
    given = [approval.by for approval in progress.given] if progress else []
    headline, explanation = "Waits for a decision.", ""
    if given and progress and progress.missing:
        headline = f"Approved by {_listed(given)}: waits for {progress.missing}."
        explanation = "Nothing has changed yet."
    elif given:
        headline = f"Approved by {_listed(given)}, and then it came back: approve it again."
        explanation = "Nothing has changed yet."
    elif rebased := _rebased(detail):
        headline = (
            f"{rebased.by} approved it, but the item had changed meanwhile: approve it again."
        )
        explanation = (
            "It was laid on the item's newest revision and verified again. Nothing is live yet."
        )
    if late:
        headline = "A decision is recorded, but was not taken up yet."
        explanation = "It takes effect as soon as the workflow engine is reachable."
    return Standing(
        tone=Tone.WAIT if given or late else Tone.INFO,
        headline=headline,
        explanation=explanation,
        approval_note=_approval_note(detail, person, progress),
    )


def _rebased(detail: ProposalDetail) -> Decision | None:
    """Return the approval that met a newer revision, if nobody has decided on the draft since."""
    last = detail.decisions[-1] if detail.decisions else None
    if last is None or last.effect is not DecisionEffect.APPROVED:
        return None
    met_another = detail.change.operation is not Operation.ADD
    return last if met_another and last.approved_hash != detail.content_hash else None


def _approval_note(detail: ProposalDetail, person: Principal, progress: Progress | None) -> str:
    """Return what an approval by this person would do; empty if none is offered."""
    review = detail.review
    if review is None or progress is None or why_not_approve(detail, person):
        return ""
    if same_person(review.author, person.name):
        did = "asked for this" if detail.request else "resolved this case"
        return f"You {did} yourself, so somebody else must approve it, too."
    missing = missing_after(detail, person)
    if missing:
        return f"After yours it waits for {missing}."
    return "Yours is the last approval it needs: the change goes live at once."


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
