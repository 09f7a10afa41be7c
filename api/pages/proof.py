"""What the replay of past queries says of a proposal, in a sentence and case by case."""

from pydantic import BaseModel

from api.pages.standing import Tone
from api.services.proposal_view import ProposalDetail
from domain.proposals import KeptDraft, ProposalStatus, ReplayCase, ReplayEffect, Verification
from domain.reviews import Decision, DecisionEffect
from domain.sending_back import OPENING

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
    prevented: str = ""
    """How many past interventions it would have prevented."""
    sent_back: str = ""
    """That and why the first draft was sent back, and what came of it."""
    cut_short: str = ""
    """That the day's tokens did not last for all of the replay, and what that means."""
    extent: str = ""
    """How often each query was asked, and what was left out."""
    counts: dict[ReplayEffect, int] = {}
    cases: list[ReplayCase] = []
    same_cases: list[ReplayCase] = []
    """Other people's queries that end as before."""


def proof_of(detail: ProposalDetail) -> Proof:
    """Return what the page shows of the verification; that there is none is said, too."""
    verification = detail.verification
    if verification is None:
        return _unproved(detail)
    cases = sorted(verification.cases, key=_rank)
    tone, headline, *more = _verdict(verification, asked_for=detail.request is not None)
    return Proof(
        tone=Tone(tone),
        headline=headline,
        explanation=" ".join([*more, *_of_others(cases)]),
        prevented=_prevented(verification),
        sent_back=_sent_back(verification),
        cut_short=_cut_short(verification),
        extent=_extent(verification),
        counts={effect: verification.count(effect) for effect in _ORDER},
        cases=[case for case in cases if _matters(case)],
        same_cases=[case for case in cases if not _matters(case)],
    )


def _rank(case: ReplayCase) -> tuple[bool, bool, int]:
    """Return the place of a case: what breaks first, then the proposal's own."""
    is_broken = case.effect is ReplayEffect.BROKEN
    return not is_broken, not case.is_original, _ORDER.index(case.effect)


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


def _verdict(verification: Verification, *, asked_for: bool) -> list[str]:
    """Return the tone, then the sentences: what it breaks comes before all else."""
    if not verification.cases and verification.left_out:
        return [Tone.WAIT, "No past query was replayed.", "Judge the change by reading it."]
    if not verification.cases:
        return [Tone.WAIT, "There was no past query to replay."]
    broken = verification.count(ReplayEffect.BROKEN)
    breaks = f"It breaks {broken} past {'query' if broken == 1 else 'queries'}."
    if asked_for:
        if broken:
            return [Tone.BAD, breaks]
        return [Tone.INFO, "It breaks none of the past queries that are nearest to it."]
    original = verification.original
    own = _of_own(original) if original else "Its own case could not be replayed."
    if broken:
        return [Tone.BAD, breaks, own]
    return [Tone.GOOD if verification.fixes_original else Tone.WAIT, own]


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


def _of_others(cases: list[ReplayCase]) -> list[str]:
    effects = [case.effect for case in cases if not case.is_original]
    fixed = effects.count(ReplayEffect.FIXED)
    return [f"Of other people's queries it fixes {fixed}."] if fixed else []


def _prevented(verification: Verification) -> str:
    count = verification.predicted_prevented
    if not count:
        return ""
    return f"It would have saved people {count} {'hand-off' if count == 1 else 'hand-offs'}."


def _sent_back(verification: Verification) -> str:
    sent_back = verification.sent_back
    if sent_back is None:
        return ""
    why = sent_back.reason.removeprefix(OPENING).strip()
    if sent_back.kept is KeptDraft.SECOND:
        return f"The first draft was sent back once, and this one is better. The reason was: {why}"
    return (
        "It was sent back once, and still does not fix its own case; a second draft was no better."
        f" The reason was: {why}"
    )


def _extent(verification: Verification) -> str:
    runs = max((case.runs for case in verification.cases), default=1)
    told = [f"Each query was asked {runs} times each way."] if runs > 1 else []
    if verification.left_out and not verification.budget_used_up:
        told.append(f"{verification.left_out} more past queries were left out, since answers cost.")
    return " ".join(told)


def _cut_short(verification: Verification) -> str:
    if not verification.budget_used_up:
        return ""
    count = verification.left_out
    missing = "1 past query was" if count == 1 else f"{count} past queries were"
    return (
        "The replay was cut short: the tokens that the workspace may use for language models in "
        f"one day are used up. {missing} not replayed, and may end otherwise than those below."
    )
