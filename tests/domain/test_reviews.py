"""Rulings on decisions: what approves, what is ignored and why, and what can never approve."""

from itertools import permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.identity import ApiRole, same_person
from domain.knowledge import Change, ItemKind, Operation
from domain.proposals import ProposalStatus
from domain.reviews import (
    Decision,
    DecisionEffect,
    IgnoredBecause,
    Review,
    Ruling,
    Verdict,
    are_enough,
    keeps_target,
    rule_on,
)
from tests.domain.builders import change, decision, review
from tests.domain.strategies import OTHERS, REVIEWING, changes

PEOPLE = ("Ana", "ANA", " ana ", "a\u200bna", "Bo", "bo", "Cy")
names = st.sampled_from(PEOPLE)
verdicts = st.sampled_from(Verdict)
two_people_kinds = st.sampled_from((ItemKind.POLICY, ItemKind.TOOL_CONNECTION))


def rule(
    given: Decision,
    on: Change,
    to: Review,
    *approvals: Decision,
    status: ProposalStatus = ProposalStatus.IN_REVIEW,
) -> Ruling:
    return rule_on(
        given,
        status=status,
        content_hash=on.content_hash(),
        review=to,
        approvals=approvals,
        change=on,
    )


def ignored(reason: IgnoredBecause) -> Ruling:
    return Ruling(effect=DecisionEffect.IGNORED, reason=reason)


@st.composite
def decisions(draw: st.DrawFn, on: Change) -> Decision:
    """Draw any decision, on this content or another, with an edit or without."""
    verdict = draw(verdicts)
    edits = st.none() | changes
    return decision(
        draw(names),
        on=draw(st.sampled_from((on, on, change(text="other")))),
        verdict=verdict,
        role=draw(st.sampled_from(ApiRole)),
        edit=draw(edits) if verdict is Verdict.APPROVE else None,
    )


@st.composite
def reviews(draw: st.DrawFn) -> Review:
    """Draw a review of any policy, by any author."""
    return review(
        draw(st.integers(min_value=1, max_value=3)),
        author=draw(st.none() | names),
        one_from=draw(st.none() | st.sampled_from(REVIEWING)),
    )


def play(on: Change, to: Review, given: list[Decision]) -> list[tuple[Decision, Ruling, Change]]:
    """Rule on decisions one after another as the workflow does; with the content approved."""
    draft, counted, status = on, list[Decision](), ProposalStatus.IN_REVIEW
    played = list[tuple[Decision, Ruling, Change]]()
    for one in given:
        got = rule(one, draft, to, *counted, status=status)
        if got.effect in {DecisionEffect.COUNTED, DecisionEffect.APPROVED}:
            draft = one.edited_change or draft
            counted.append(one)
        if got.effect not in {DecisionEffect.COUNTED, DecisionEffect.IGNORED}:
            status = ProposalStatus(got.effect.value)
        played.append((one, got, draft))
    return played


@given(changes, reviews(), st.data())
def test_what_is_approved_is_what_its_people_saw(
    on: Change, to: Review, data: st.DataObject
) -> None:
    played = play(on, to, data.draw(st.lists(decisions(on), max_size=8)))
    for index, (one, got, draft) in enumerate(played):
        if got.effect is not DecisionEffect.APPROVED:
            continue
        assert one.approved_hash == draft.content_hash()
        people = [
            d
            for d, r, _ in played[: index + 1]
            if r.effect in {DecisionEffect.COUNTED, DecisionEffect.APPROVED}
            and d.approved_hash == one.approved_hash
        ]
        different = {min(q.by for q in people if same_person(p.by, q.by)) for p in people}
        assert len(different) >= to.clock.policy.approvals
        assert len(different) >= 2 or on.kind is ItemKind.ARTICLE
        assert any(not same_person(p.by, to.author) for p in people)
        assert all(p.role in REVIEWING for p in people)


@given(changes, reviews(), st.data())
def test_only_one_decision_closes_a_review(on: Change, to: Review, data: st.DataObject) -> None:
    played = play(on, to, data.draw(st.lists(decisions(on), max_size=8)))
    open_effects = {DecisionEffect.COUNTED, DecisionEffect.IGNORED}
    assert sum(got.effect not in open_effects for _, got, _ in played) <= 1


@given(changes, reviews(), st.data())
def test_a_ruling_gives_a_reason_exactly_when_it_ignores(
    on: Change, to: Review, data: st.DataObject
) -> None:
    got = rule(data.draw(decisions(on)), on, to)
    assert (got.reason is not None) is (got.effect is DecisionEffect.IGNORED)
    assert got.effect is not DecisionEffect.PENDING


@given(changes, changes, reviews(), verdicts)
def test_a_decision_on_another_hash_does_nothing(
    on: Change, seen: Change, to: Review, verdict: Verdict
) -> None:
    assume(seen.content_hash() != on.content_hash())
    late = decision("Bo", on=seen, verdict=verdict)
    earlier = decision("Ana", on=seen)
    assert rule(late, on, to, earlier) == ignored(IgnoredBecause.STALE_CONTENT)


@given(two_people_kinds, st.integers(min_value=1, max_value=3), st.data())
def test_one_person_under_many_names_and_roles_never_approves_a_policy_or_a_tool(
    kind: ItemKind, approvals: int, data: st.DataObject
) -> None:
    on = change(kind)
    spellings = st.sampled_from(("José", "JOSÉ", " josé ", "Jose\u0301", "Jo\u200bsé"))
    given = [
        decision(by, on=on, role=role)
        for by, role in data.draw(
            st.lists(st.tuples(spellings, st.sampled_from(REVIEWING)), max_size=6)
        )
    ]
    effects = {got.effect for _, got, _ in play(on, review(approvals), given)}
    assert DecisionEffect.APPROVED not in effects
    assert not are_enough(given, review(approvals), kind)


@given(changes, st.integers(min_value=1, max_value=3), st.sampled_from(REVIEWING))
def test_the_author_alone_never_approves(on: Change, approvals: int, role: ApiRole) -> None:
    to = review(approvals, author="Ana")
    got = rule(decision(" ANA", on=on, role=role), on, to)
    assert got == Ruling(effect=DecisionEffect.COUNTED, approvals=1)


def test_the_author_and_another_approve_together() -> None:
    on, to = change(ItemKind.POLICY), review(2, author="ana")
    ana, bo = decision("ana", on=on), decision("bo", on=on)
    approved = Ruling(effect=DecisionEffect.APPROVED, approvals=2)
    assert rule(bo, on, to, ana) == rule(ana, on, to, bo) == approved


def test_an_article_of_another_author_needs_one_person() -> None:
    got = rule(decision("bo"), change(), review(1, author="ana"))
    assert got == Ruling(effect=DecisionEffect.APPROVED, approvals=1)


@given(two_people_kinds)
def test_a_wrong_policy_does_not_undo_the_two_people_rule(kind: ItemKind) -> None:
    on = change(kind)
    got = rule(decision("bo", on=on), on, review(1))
    assert got.effect is DecisionEffect.COUNTED


@pytest.mark.parametrize("role", OTHERS)
@pytest.mark.parametrize("verdict", Verdict)
def test_machines_decide_nothing(role: ApiRole, verdict: Verdict) -> None:
    got = rule(decision(role=role, verdict=verdict), change(), review())
    assert got == ignored(IgnoredBecause.NOT_ALLOWED)


@pytest.mark.parametrize("status", [s for s in ProposalStatus if not s.is_open])
@pytest.mark.parametrize("verdict", Verdict)
def test_a_decision_outside_the_review_is_too_late_or_too_early(
    status: ProposalStatus, verdict: Verdict
) -> None:
    got = rule(decision(verdict=verdict), change(), review(), status=status)
    assert got == ignored(IgnoredBecause.REVIEW_CLOSED)


def test_the_same_approval_twice_counts_once() -> None:
    once = decision("ana")
    got = rule(once, change(), review(2), once)
    assert got == ignored(IgnoredBecause.ALREADY_APPROVED_BY_THIS_PERSON)


@pytest.mark.parametrize(
    ("verdict", "effect"),
    [
        (Verdict.REJECT, DecisionEffect.REJECTED),
        (Verdict.REQUEST_CHANGES, DecisionEffect.CHANGES_REQUESTED),
    ],
)
def test_one_person_stops_a_proposal_even_after_approving_it(
    verdict: Verdict, effect: DecisionEffect
) -> None:
    got = rule(decision("ana", verdict=verdict), change(), review(3), decision("ana"))
    assert got == Ruling(effect=effect)


def test_an_edit_voids_the_approvals_before_it() -> None:
    on, edit = change(), change(text="Within 14 days.")
    got = rule(decision("bo", edit=edit), on, review(2), decision("ana"))
    assert got == Ruling(effect=DecisionEffect.COUNTED, approvals=1)


def test_an_edit_does_not_revive_approvals_of_an_earlier_draft() -> None:
    first, second = change(), change(text="Within 14 days.")
    back = decision("cy", on=second, edit=first)
    got = rule(back, second, review(2), decision("ana", on=first), decision("bo", on=second))
    assert got == Ruling(effect=DecisionEffect.COUNTED, approvals=1)


def test_enough_people_who_approved_this_content_before_need_only_say_so_again() -> None:
    first, second = change(), change(text="Within 14 days.")
    ana, back = decision("ana", on=first), decision("cy", on=second, edit=first)
    got = rule(decision("ana", on=first), first, review(2), ana, back)
    assert got == Ruling(effect=DecisionEffect.APPROVED, approvals=2)


def test_an_edit_that_changes_nothing_keeps_the_approvals() -> None:
    got = rule(decision("bo", edit=change()), change(), review(2), decision("ana"))
    assert got == Ruling(effect=DecisionEffect.APPROVED, approvals=2)


def test_who_approved_before_may_approve_another_edit() -> None:
    edit = change(text="Within 14 days.")
    edited = decision("bo", edit=edit)
    got = rule(decision("ana", on=edit), edit, review(2), decision("ana"), edited)
    assert got == Ruling(effect=DecisionEffect.APPROVED, approvals=2)


def test_an_edit_approves_the_edited_content_only() -> None:
    edit = change(text="Within 14 days.")
    assert decision(edit=edit).approved_hash == edit.content_hash()
    assert decision().approved_hash == change().content_hash()


@pytest.mark.parametrize(
    "edit",
    [
        change(ItemKind.POLICY),
        change().model_copy(
            update={"operation": Operation.REVISE, "item_id": decision().id, "base_revision": 1}
        ),
    ],
    ids=["kind", "target"],
)
def test_an_edit_cannot_aim_at_something_else(edit: Change) -> None:
    got = rule(decision("bo", edit=edit), change(), review(1))
    assert got == ignored(IgnoredBecause.INVALID_EDIT)


@given(changes, changes)
def test_keeps_target_is_about_everything_but_the_content(one: Change, other: Change) -> None:
    assert keeps_target(one, other) is (one.kind is other.kind)
    assert keeps_target(one, one.model_copy(update={"content": other.content}))


@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.REQUEST_CHANGES])
def test_an_earlier_refusal_is_no_approval(verdict: Verdict) -> None:
    got = rule(decision("bo"), change(), review(2), decision("ana", verdict=verdict))
    assert got.effect is DecisionEffect.COUNTED


@pytest.mark.parametrize("role", OTHERS)
def test_an_earlier_approval_by_a_machine_is_none(role: ApiRole) -> None:
    got = rule(decision("bo"), change(), review(2), decision("bot", role=role))
    assert got.effect is DecisionEffect.COUNTED


@pytest.mark.parametrize(
    ("roles", "enough"),
    [
        ((ApiRole.REVIEWER, ApiRole.REVIEWER), False),
        ((ApiRole.REVIEWER, ApiRole.LEAD), True),
        ((ApiRole.ADMIN, ApiRole.REVIEWER), True),
    ],
)
def test_one_approval_may_have_to_come_from_a_lead(
    roles: tuple[ApiRole, ApiRole], enough: bool
) -> None:
    given = [decision(by, role=role) for by, role in zip(("ana", "bo"), roles, strict=True)]
    assert are_enough(given, review(2, one_from=ApiRole.LEAD), ItemKind.POLICY) is enough


@given(reviews(), st.lists(st.tuples(names, st.sampled_from(REVIEWING)), max_size=4))
def test_the_order_of_approvals_does_not_matter(
    to: Review, given: list[tuple[str, ApiRole]]
) -> None:
    approvals = [decision(by, role=role) for by, role in given]
    assert len({are_enough(order, to, ItemKind.POLICY) for order in permutations(approvals)}) == 1


@given(st.permutations([("ana", "reviewer"), ("bo", "lead"), ("cy", "admin")]), reviews())
def test_three_different_people_approve_in_any_order(
    order: list[tuple[str, str]], to: Review
) -> None:
    given = [decision(by, role=ApiRole(role)) for by, role in order]
    effects = [got.effect for _, got, _ in play(change(), to, given)]
    assert effects.count(DecisionEffect.APPROVED) == 1


@pytest.mark.parametrize("verdict", [Verdict.REJECT, Verdict.REQUEST_CHANGES])
def test_a_refusal_says_why(verdict: Verdict) -> None:
    with pytest.raises(ValidationError, match="needs a comment"):
        Decision.model_validate({**decision().model_dump(), "verdict": verdict, "comment": " "})


def test_a_rejection_carries_no_edit() -> None:
    given = decision(edit=change()).model_dump()
    with pytest.raises(ValidationError, match="edited_change does not go"):
        Decision.model_validate({**given, "verdict": "reject", "comment": "no"})


def test_requested_changes_with_an_edit_need_no_words() -> None:
    given = decision(edit=change()).model_dump()
    assert Decision.model_validate({**given, "verdict": "request_changes", "comment": ""})


def test_only_a_rejection_names_a_reason() -> None:
    given = decision().model_dump()
    with pytest.raises(ValidationError, match="rejection_reason goes with"):
        Decision.model_validate({**given, "rejection_reason": "wrong"})


@pytest.mark.parametrize("verdict", [Verdict.APPROVE, Verdict.REQUEST_CHANGES])
def test_an_edit_that_is_to_be_stored_holds_no_personal_data(verdict: Verdict) -> None:
    edited = decision(edit=change(text="Call Ana."), verdict=verdict)
    got = rule_on(
        edited,
        status=ProposalStatus.IN_REVIEW,
        content_hash=change().content_hash(),
        review=review(1),
        approvals=(),
        change=change(),
        personal_data=["Ana"],
    )
    assert got == ignored(IgnoredBecause.PERSONAL_DATA)


def test_a_saved_edit_aims_at_what_the_proposal_does() -> None:
    policy = change(ItemKind.POLICY)
    got = rule(decision(edit=policy, verdict=Verdict.REQUEST_CHANGES), change(), review(1))
    assert got == ignored(IgnoredBecause.INVALID_EDIT)


@given(changes)
def test_a_decision_with_its_edit_survives_json(edit: Change) -> None:
    given = decision(edit=edit)
    read = Decision.model_validate_json(given.model_dump_json())
    assert read == given
    assert read.approved_hash == given.approved_hash


def test_an_edit_may_drop_wordings_and_neither_add_nor_reword_one():
    proposed = change().model_copy(update={"phrasings": ("send it back", "return it")})
    assert keeps_target(proposed, proposed.model_copy(update={"phrasings": ("return it",)}))
    assert keeps_target(proposed, change(text="Within 14 days."))
    assert not keeps_target(proposed, proposed.model_copy(update={"phrasings": ("return them",)}))
