"""What the replay of past queries says of a proposal, in a sentence and case by case."""

from pydantic import BaseModel

from api.pages.standing import Tone
from api.services.proposal_view import ProposalDetail
from domain.proposals import ProposalStatus, ReplayCase, ReplayEffect, Verification
from domain.reviews import Decision, DecisionEffect

_ORDER = (ReplayEffect.BROKEN, ReplayEffect.FIXED, ReplayEffect.CHANGED, ReplayEffect.SAME)
_TAKEN = frozenset({DecisionEffect.APPROVED, DecisionEffect.COUNTED})
_BEFORE_REVIEW = frozenset(
    {ProposalStatus.DRAFTING, ProposalStatus.CHANGES_REQUESTED, ProposalStatus.CONFLICTED}
)


class Proof(BaseModel):
    """The sentence above the replayed queries, and the queries: those that matter first."""

    tone: Tone
    headline: str
    explanation: str = ""
    counts: dict[ReplayEffect, int] = {}
    cases: list[ReplayCase] = []
    same_cases: list[ReplayCase] = []
    """Other people's queries that end as before."""


def proof_of(detail: ProposalDetail) -> Proof:
    """Return what the page shows of the verification; that there is none is said, too."""
    verification = detail.verification
    if verification is None:
        return _unproved(detail)
    cases = sorted(
        verification.cases, key=lambda case: (not case.is_original, _ORDER.index(case.effect))
    )
    tone, headline = _verdict(verification, cases, asked_for=detail.request is not None)
    return Proof(
        tone=tone,
        headline=headline,
        explanation=_of_others(cases),
        counts={effect: verification.count(effect) for effect in _ORDER},
        cases=[case for case in cases if _matters(case)],
        same_cases=[case for case in cases if not _matters(case)],
    )


def _matters(case: ReplayCase) -> bool:
    return case.is_original or case.effect is not ReplayEffect.SAME


def _unproved(detail: ProposalDetail) -> Proof:
    if detail.status in _BEFORE_REVIEW:
        return Proof(tone=Tone.WAIT, headline="Not replayed yet.")
    if any(_edits(decision) for decision in detail.decisions):
        return Proof(
            tone=Tone.WAIT,
            headline="These words were not replayed:",
            explanation="they were edited by a person who approved them.",
        )
    return Proof(
        tone=Tone.BAD,
        headline="Not verified: replaying past queries failed.",
        explanation="Nothing shows what this change does; judge it by reading it.",
    )


def _edits(decision: Decision) -> bool:
    return decision.edited_change is not None and decision.effect in _TAKEN


def _verdict(
    verification: Verification, cases: list[ReplayCase], *, asked_for: bool
) -> tuple[Tone, str]:
    if not cases:
        return Tone.WAIT, "There was no past query to replay."
    broken = verification.count(ReplayEffect.BROKEN)
    if asked_for:
        if broken:
            return Tone.BAD, f"It breaks {broken} of the past queries that are nearest to it."
        return Tone.INFO, "It breaks none of the past queries that are nearest to it."
    original = next((case for case in cases if case.is_original), None)
    own = _of_own(original) if original else "Its own case could not be replayed."
    if broken:
        return Tone.BAD, own
    return (Tone.GOOD if verification.fixes_original else Tone.WAIT), own


_IN_SYSTEMS = {
    ReplayEffect.FIXED: "It fixes its own case, by what was done in systems.",
    ReplayEffect.BROKEN: "It breaks its own case, by what was done in systems.",
    ReplayEffect.CHANGED: "It is not proved to fix its own case.",
    ReplayEffect.SAME: "It does not fix its own case.",
}


def _of_own(case: ReplayCase) -> str:
    """Return what becomes of the query that led to the proposal."""
    if case.in_systems is not None and case.in_systems.effect is case.effect:
        return f"{_IN_SYSTEMS[case.effect]} {case.in_systems.after}"
    match case.effect:
        case ReplayEffect.FIXED:
            return "It fixes its own case."
        case ReplayEffect.BROKEN:
            return "It breaks its own case: what was answered would be handed off."
        case ReplayEffect.CHANGED:
            return "It does not fix its own case: the answer changes, but does not rest on this."
        case ReplayEffect.SAME if case.after.answered:
            return "It does not fix its own case: the agent would answer as before."
        case ReplayEffect.SAME:
            return "It does not fix its own case: the agent would still hand it off."


def _of_others(cases: list[ReplayCase]) -> str:
    effects = [case.effect for case in cases if not case.is_original]
    told = [
        f"{verb} {effects.count(effect)}"
        for effect, verb in ((ReplayEffect.BROKEN, "breaks"), (ReplayEffect.FIXED, "fixes"))
        if effect in effects
    ]
    return f"Of other people's queries it {' and '.join(told)}." if told else ""
