"""What the replay of past queries says of a proposal, in a sentence and case by case."""

from pydantic import BaseModel

from api.diffs import Patience, Segment, diff_texts
from api.pages.standing import Tone
from api.services.proposal_view import ProposalDetail
from domain.proposals import KeptDraft, ProposalStatus, ReplayCase, ReplayEffect, Verification
from domain.reviews import Decision, DecisionEffect
from domain.sending_back import OPENING

_ORDER = (ReplayEffect.BROKEN, ReplayEffect.FIXED, ReplayEffect.CHANGED, ReplayEffect.SAME)
_TAKEN = frozenset({DecisionEffect.APPROVED, DecisionEffect.COUNTED})
_PATIENCE_SECONDS = 0.5
"""How long all answers of one page may be compared for."""

_BEFORE_REVIEW = frozenset(
    {ProposalStatus.DRAFTING, ProposalStatus.CHANGES_REQUESTED, ProposalStatus.CONFLICTED}
)


class ShownCase(BaseModel):
    """A replayed query: why it counts as what it is, and how its answers differ word by word.

    `words` is empty unless both are answers, and differ. `anchor` is its place on the page.
    """

    anchor: str
    case: ReplayCase
    turn: str
    """What becomes of it, in a few words: from what to what."""
    why: str
    words: list[Segment] = []


class CaseGroup(BaseModel):
    """The queries of one effect, the proposal's own first."""

    effect: ReplayEffect
    cases: list[ShownCase]


class Proof(BaseModel):
    """The sentence above the replayed queries, and the queries: those that matter first."""

    tone: Tone
    headline: str
    explanation: str = ""
    prevented: str = ""
    """How many past interventions it would have prevented, and how that was predicted."""
    sent_back: str = ""
    """That and why the first draft was sent back, and what came of it."""
    cut_short: str = ""
    """That the day's tokens did not last for all of the replay, and what that means."""
    extent: str = ""
    """How often each query was asked, and what was left out."""
    counts: dict[ReplayEffect, int] = {}
    groups: list[CaseGroup] = []


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
        groups=_groups(cases),
    )


def _rank(case: ReplayCase) -> tuple[int, bool]:
    """Return the place of a case: what breaks first; of one effect the proposal's own."""
    return _ORDER.index(case.effect), not case.is_original


def _groups(cases: list[ReplayCase]) -> list[CaseGroup]:
    patience = Patience(_PATIENCE_SECONDS)
    shown = [_show(case, number, patience) for number, case in enumerate(cases, start=1)]
    return [
        CaseGroup(effect=effect, cases=of_effect)
        for effect in _ORDER
        if (of_effect := [s for s in shown if s.case.effect is effect])
    ]


def _show(case: ReplayCase, number: int, patience: Patience) -> ShownCase:
    words: list[Segment] = []
    if case.before.answered and case.after.answered and case.before.answer != case.after.answer:
        words = diff_texts(case.before.answer, case.after.answer, patience)
    return ShownCase(
        anchor=f"replay-{number}", case=case, turn=_turn(case), why=why_of(case), words=words
    )


def _turn(case: ReplayCase) -> str:
    before = "answered" if case.before.answered else "handed off"
    after = "answered" if case.after.answered else "handed off"
    if before != after:
        return f"{before} → {after}"
    if not case.after.answered:
        return "handed off either way"
    return "same answer" if case.before.answer == case.after.answer else "another answer"


def why_of(case: ReplayCase) -> str:
    """Return in a sentence why a query counts as fixed, broken, changed or the same.

    The rules are those of `domain/replays.py`.
    """
    if case.in_systems is not None and case.answer_effect is not case.effect:
        return f"It counts by what was done in systems, not by its answer ({case.answer_effect})."
    match case.effect:
        case ReplayEffect.FIXED:
            return _why_fixed(case)
        case ReplayEffect.BROKEN if case.expected is not None:
            return "It was as people said that a right answer is, and would not be any more."
        case ReplayEffect.BROKEN:
            return "It was answered, and would be handed to a person."
        case ReplayEffect.CHANGED:
            return _why_changed(case)
        case ReplayEffect.SAME if case.after.answered:
            return "Both ways it is answered alike."
        case ReplayEffect.SAME:
            return "Both ways it is handed to a person."


def _why_fixed(case: ReplayCase) -> str:
    if case.expected is not None:
        return "It would be as people said that a right answer is, and was not."
    if case.before.answered:
        return "A person had to step in after the old answer; the new one rests on this change."
    return "It was handed to a person, and would be answered."


def _lost_a_wrong_answer(case: ReplayCase) -> bool:
    return case.known_wrong and case.before.answered and not case.after.answered


def _why_no_proof(case: ReplayCase) -> str:
    told = "is answered otherwise" if case.before.answered else "would be answered"
    return (
        f"It {told}, but whoever resolved it told something else, or found that something else "
        "was lacking: that is no proof."
    )


def _why_changed(case: ReplayCase) -> str:
    if case.expected is not None and case.passed in {0, case.runs}:
        side = "both are" if case.passed else "neither is"
        return f"It ends otherwise, and {side} as people said that a right answer is."
    if _lost_a_wrong_answer(case):
        return "It was answered wrongly, as people found, and would be handed to a person."
    if case.wanted_otherwise and case.after.answered:
        return _why_no_proof(case)
    if case.runs > 1:
        return "It does not end alike each time it is asked, so nothing is proved."
    if case.known_correct:
        return "It is answered otherwise; the old answer was right: see that the new one is, too."
    if case.known_wrong:
        return "It is answered otherwise; the old answer was wrong: see that the new one is not."
    return "Both ways it is answered, and the answers differ; which is right is not known."


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
        case ReplayEffect.CHANGED if _lost_a_wrong_answer(case):
            return "It does not fix its own case: what was answered wrongly would be handed off."
        case ReplayEffect.CHANGED if case.runs > 1:
            return "It does not fix its own case: it does not end alike each time it is asked."
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
    saved = f"It would have saved people {'1 hand-off' if count == 1 else f'{count} hand-offs'}."
    asked = len(verification.cases)
    if asked == 1:
        return f"{saved} The one past query that was asked again had gone to a person."
    gone = "1 had gone to a person and is" if count == 1 else f"{count} had gone to people and are"
    return f"{saved} Of the {asked} past queries that were asked again, {gone} answered with it."


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
