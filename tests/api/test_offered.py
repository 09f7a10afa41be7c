"""Which forms of a proposal's page are off for whom, and why: the rules alone."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from analysis.personal_data import PersonalDataKind
from analysis.personal_fields import PersonalPart
from api.pages.offered import Act, OffBecause, offs_of, progress_of
from api.pages.standing import standing_of
from api.services.proposal_view import ProposalDetail
from domain.escalation import EscalationPolicy, Tier, restart_clock
from domain.findings import Gap
from domain.identity import ApiRole, Principal
from domain.knowledge import ItemKind, Operation
from domain.proposals import ProposalStatus
from domain.reviews import Decision, DecisionEffect, IgnoredBecause, Review, Verdict
from tests.api.rows import ANALYST, adding, revising
from tests.domain.builders import NOW, decision

_TIERS = (Tier.model_validate({"group": "reviewer", "due": "1d"}),)


def somebody(name: str = "ana", role: ApiRole = ApiRole.REVIEWER) -> Principal:
    return Principal(workspace="acme", name=name, role=role)


_ANY: dict[str, Any] = {
    "intervention_id": uuid4(),
    "finding_index": 0,
    "gap": Gap.MISSING_KNOWLEDGE,
    "title": "Say how long refunds take",
    "rationale": "Five customers asked.",
    "draft": 1,
    "support": 1,
    "analyst": ANALYST,
    "confidence": 0.8,
    "drafted_by": "offline",
    "created_at": NOW,
    "updated_at": NOW,
    "current": None,
    "base_content": None,
    "evidence": [],
    "next_step": None,
    "comments": [],
    "drafts": [],
    "workflow_url": None,
}
"""What no rule looks at."""


def detail_of(
    *approvals: Decision,
    kind: ItemKind = ItemKind.ARTICLE,
    needed: int = 1,
    one_from: ApiRole | None = None,
    author: str | None = None,
    assignee: str | None = None,
    **fields: Any,
) -> ProposalDetail:
    """Return a proposal in review, with these approvals, under this policy."""
    change = fields.pop("change", None) or adding(kind=kind)
    policy = EscalationPolicy(tiers=_TIERS, approvals=needed, one_from=one_from)
    review = Review(
        proposal_id=uuid4(),
        clock=restart_clock(policy, NOW),
        author=author,
        assignee=assignee,
        opened_at=NOW,
    )
    given: dict[str, Any] = {"status": ProposalStatus.IN_REVIEW, **fields}
    return ProposalDetail(
        id=review.proposal_id,
        change=change,
        content_hash=change.content_hash(),
        review=review,
        approvals_needed=needed,
        approvals=list(approvals),
        decisions=list(approvals),
        **{**_ANY, **given},
    )


def approval(by: str, role: ApiRole = ApiRole.REVIEWER) -> Decision:
    made = decision(by, on=adding(kind=ItemKind.POLICY), role=role)
    return made.model_copy(update={"effect": DecisionEffect.COUNTED})


def why(detail: ProposalDetail, act: Act, person: Principal | None = None) -> OffBecause | None:
    """Return why a form is off, if it is."""
    off = offs_of(detail, person or somebody()).get(act)
    return off.because if off else None


def test_a_reviewer_is_offered_all_that_reviewers_may() -> None:
    off = offs_of(detail_of(), somebody())

    assert set(off) == {Act.RELEASE, Act.ASSIGN, Act.REOPEN}


@pytest.mark.parametrize("act", [Act.APPROVE, Act.REJECT, Act.CLAIM, Act.EDIT])
def test_whoever_may_only_read_is_told_so(act: Act) -> None:
    reader = somebody("bot", ApiRole.AGENT)

    off = offs_of(detail_of(), reader)[act]

    assert off.because is OffBecause.NOT_ALLOWED
    assert "bot (agent)" in off.words


@pytest.mark.parametrize(
    ("status", "because"),
    [
        (ProposalStatus.DRAFTING, OffBecause.NOT_READY),
        (ProposalStatus.CHANGES_REQUESTED, OffBecause.NOT_READY),
        (ProposalStatus.CONFLICTED, OffBecause.NOT_READY),
        (ProposalStatus.PARKED, OffBecause.CLOSED),
        (ProposalStatus.REJECTED, OffBecause.CLOSED),
        (ProposalStatus.APPLIED, OffBecause.CLOSED),
    ],
)
def test_what_does_not_wait_for_a_decision_takes_none(
    status: ProposalStatus, because: OffBecause
) -> None:
    assert why(detail_of(status=status), Act.REJECT) is because


@pytest.mark.parametrize(
    ("person", "because"),
    [
        (somebody("Dana "), OffBecause.ALREADY_APPROVED),
        (somebody("ana"), OffBecause.NEEDS_RANK),
        (somebody("lee", ApiRole.LEAD), None),
    ],
)
def test_the_second_approval_must_come_from_whom_it_lacks(
    person: Principal, because: OffBecause | None
) -> None:
    both = detail_of(
        approval("dana"),
        approval("eve"),
        kind=ItemKind.POLICY,
        needed=2,
        one_from=ApiRole.LEAD,
    )

    assert why(both, Act.APPROVE, person) is because


def test_a_second_reviewer_is_offered_what_still_counts() -> None:
    detail = detail_of(approval("dana"), kind=ItemKind.POLICY, needed=3, one_from=ApiRole.LEAD)

    assert why(detail, Act.APPROVE) is None


def test_who_handled_the_case_is_not_offered_to_be_the_only_one() -> None:
    assert why(detail_of(author="Ana"), Act.APPROVE) is OffBecause.AUTHOR
    assert why(detail_of(author="Ana"), Act.REJECT) is None


def test_who_handled_the_case_may_be_one_of_two() -> None:
    detail = detail_of(author="Ana", kind=ItemKind.POLICY, needed=2)

    assert why(detail, Act.APPROVE) is None
    note = standing_of(detail, somebody(), NOW).approval_note
    assert note == "You resolved this case yourself, so somebody else must approve it, too."


def test_what_enough_people_approved_and_came_back_can_be_approved_again() -> None:
    detail = detail_of(approval("ana"))

    assert why(detail, Act.APPROVE) is None
    assert "approve it again" in standing_of(detail, somebody(), NOW).headline


def test_who_sees_an_approval_come_back_is_told_that_the_item_had_changed() -> None:
    old, new = revising(uuid4(), "Old."), revising(uuid4(), "Merged.", base=2)
    approved = decision("lee", on=old).model_copy(update={"effect": DecisionEffect.APPROVED})

    detail = detail_of(change=new).model_copy(update={"decisions": [approved]})

    standing = standing_of(detail, somebody(), NOW)

    assert standing.headline.startswith("lee approved it, but the item had changed meanwhile")


def test_what_looks_like_personal_data_is_in_the_way() -> None:
    part = PersonalPart(field="content.answer", text="Ann", kind=PersonalDataKind.NAME)

    assert why(detail_of(personal_data=[part]), Act.APPROVE) is OffBecause.PERSONAL_DATA
    assert standing_of(detail_of(personal_data=[part]), somebody(), NOW).may_approve


def test_nothing_is_edited_in_what_is_taken_away() -> None:
    retired = revising(uuid4(), "Old.").model_copy(update={"operation": Operation.RETIRE})

    assert why(detail_of(change=retired), Act.EDIT) is OffBecause.NOTHING_TO_EDIT


@pytest.mark.parametrize(
    ("assignee", "act", "because"),
    [
        (None, Act.CLAIM, None),
        (None, Act.RELEASE, OffBecause.NOT_TAKEN),
        ("dana", Act.CLAIM, OffBecause.TAKEN),
        ("dana", Act.RELEASE, OffBecause.TAKEN),
        ("Ana", Act.RELEASE, None),
    ],
)
def test_a_review_is_taken_and_given_back_by_one_person(
    assignee: str | None, act: Act, because: OffBecause | None
) -> None:
    assert why(detail_of(assignee=assignee), act) is because


@pytest.mark.parametrize(
    ("detail", "missing"),
    [
        (detail_of(), "one person"),
        (detail_of(author="dana"), "anybody but dana"),
        (detail_of(kind=ItemKind.POLICY), "2 people"),
        (
            detail_of(kind=ItemKind.POLICY, needed=2, one_from=ApiRole.LEAD),
            "2 people, one of them a lead",
        ),
        (detail_of(approval("dana"), kind=ItemKind.POLICY, needed=2), "a second person"),
        (
            detail_of(approval("dana"), kind=ItemKind.POLICY, needed=2, one_from=ApiRole.LEAD),
            "a lead",
        ),
        (detail_of(approval("dana"), author="dana"), "somebody other than dana"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_progress_says_whose_approval_is_wanted(detail: ProposalDetail, missing: str) -> None:
    progress = progress_of(detail)

    assert progress is not None
    assert progress.missing == missing


@pytest.mark.parametrize(
    ("verdict", "effect", "said"),
    [
        (Verdict.APPROVE, DecisionEffect.PENDING, "their approval counts then"),
        (Verdict.REQUEST_CHANGES, DecisionEffect.CHANGES_REQUESTED, "nobody has approved it yet"),
    ],
)
def test_a_refused_click_does_not_hide_that_an_edit_is_verified(
    verdict: Verdict, effect: DecisionEffect, said: str
) -> None:
    shown = detail_of(status=ProposalStatus.CHANGES_REQUESTED)
    edit = decision("lee", verdict=verdict, edit=shown.change).model_copy(update={"effect": effect})
    refused = decision("rae").model_copy(
        update={"effect": DecisionEffect.IGNORED, "reason": IgnoredBecause.STALE_CONTENT}
    )
    shown = shown.model_copy(update={"decisions": [edit, refused]})
    standing = standing_of(shown, somebody(), NOW + timedelta(minutes=5))
    assert standing.headline == "The edit by lee is being verified."
    assert said in standing.explanation
