"""What an edit does worse than the draft that was seen, case by case."""

from uuid import UUID, uuid4

from domain.cases import AskResult
from domain.edits import SeenProof, proof_seen, setback_of
from domain.proposals import ReplayCase, ReplayEffect, Setback, Verification
from tests.domain.builders import NOW

ANSWER = AskResult(answered=True, answer="Yes.", confidence=1)
OTHER = UUID(int=7)


def case(effect: ReplayEffect, of: UUID | None = None, *, original: bool = False) -> ReplayCase:
    return ReplayCase(
        query="Where is it?",
        intervention_id=of or uuid4(),
        is_original=original,
        effect=effect,
        before=ANSWER,
        after=ANSWER,
    )


def proof(*cases: ReplayCase) -> Verification:
    return Verification(content_hash="x", agent="offline", cases=cases, verified_at=NOW)


FIXED = case(ReplayEffect.FIXED, original=True)
LOST = case(ReplayEffect.SAME, original=True)
BROKEN = case(ReplayEffect.BROKEN, OTHER)


def test_an_edit_that_does_as_well_is_no_setback() -> None:
    assert setback_of(proof_seen(proof(FIXED, BROKEN)), proof(FIXED, BROKEN)) is None


def test_what_it_breaks_anew_is_named_by_its_case() -> None:
    found = setback_of(proof_seen(proof(FIXED)), proof(FIXED, BROKEN))
    assert found == Setback(broken=(BROKEN.key,))
    assert str(OTHER) in BROKEN.key


def test_its_own_case_that_is_fixed_no_more_is_a_setback() -> None:
    assert setback_of(proof_seen(proof(FIXED)), proof(LOST)) == Setback(loses_original=True)


def test_what_was_not_fixed_before_is_not_lost() -> None:
    assert setback_of(proof_seen(proof(LOST)), proof(LOST)) is None


def test_of_a_draft_without_a_proof_nobody_saw_anything_break() -> None:
    assert proof_seen(None) == SeenProof()
    assert setback_of(proof_seen(None), proof(LOST, BROKEN)) == Setback(broken=(BROKEN.key,))


def test_where_it_is_not_known_what_was_seen_all_counts() -> None:
    assert setback_of(None, proof(LOST, BROKEN)) == Setback(
        loses_original=True, broken=(BROKEN.key,)
    )
    assert setback_of(None, proof(FIXED)) is None
    assert setback_of(None, proof()) is None
