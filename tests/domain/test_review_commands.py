"""Rulings on claims, releases, assignments and reopenings (`domain.reviews.rule_on_command`)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.identity import ApiRole
from domain.proposals import ProposalStatus
from domain.reviews import CommandKind, CommandRuling, ReviewCommand, rule_on_command
from tests.domain.builders import command, review
from tests.domain.strategies import OTHERS

LEADING = (ApiRole.LEAD, ApiRole.ADMIN)
LIVE = {ProposalStatus.IN_REVIEW, ProposalStatus.CHANGES_REQUESTED}


def rule(
    given: ReviewCommand,
    assignee: str | None = None,
    status: ProposalStatus = ProposalStatus.IN_REVIEW,
) -> CommandRuling:
    return rule_on_command(given, status=status, review=review(assignee=assignee))


@st.composite
def commands(draw: st.DrawFn) -> ReviewCommand:
    """Draw any command by anybody."""
    kind = draw(st.sampled_from(CommandKind))
    return command(
        kind,
        by=draw(st.sampled_from(("ana", "ANA", "bo"))),
        role=draw(st.sampled_from(ApiRole)),
        assignee="cy" if kind is CommandKind.ASSIGN else None,
    )


@given(commands(), st.sampled_from((None, "ana", "bo")), st.sampled_from(ProposalStatus))
def test_a_command_without_effect_says_why_and_changes_nothing(
    given: ReviewCommand, assignee: str | None, status: ProposalStatus
) -> None:
    got = rule(given, assignee, status)
    if not got.takes_effect:
        assert got.reason
        assert got.assignee == assignee
        assert not got.reopens


@given(commands(), st.sampled_from((None, "ana", "bo")), st.sampled_from(ProposalStatus))
def test_only_a_lead_reopens_and_only_what_is_parked(
    given: ReviewCommand, assignee: str | None, status: ProposalStatus
) -> None:
    got = rule(given, assignee, status)
    may = given.kind is CommandKind.REOPEN and given.role in LEADING
    assert got.reopens is (may and status is ProposalStatus.PARKED)


@given(commands(), st.sampled_from((None, "ana")), st.sampled_from(ProposalStatus))
def test_nobody_takes_or_gives_a_review_that_is_closed(
    given: ReviewCommand, assignee: str | None, status: ProposalStatus
) -> None:
    got = rule(given, assignee, status)
    if given.kind is not CommandKind.REOPEN and status not in LIVE:
        assert not got.takes_effect


@given(commands(), st.sampled_from((None, "ana", "bo")))
def test_machines_have_no_say(given: ReviewCommand, assignee: str | None) -> None:
    machine = given.model_copy(update={"role": OTHERS[0]})
    assert not rule(machine, assignee).takes_effect
    assert not rule(machine, assignee, ProposalStatus.PARKED).takes_effect


@pytest.mark.parametrize("assignee", [None, "ana", " ANA"])
def test_a_claim_takes_what_is_free_or_ones_own(assignee: str | None) -> None:
    assert rule(command(CommandKind.CLAIM), assignee) == CommandRuling(
        takes_effect=True, assignee="ana"
    )


@pytest.mark.parametrize("role", [ApiRole.REVIEWER, *LEADING])
def test_a_claim_takes_nothing_from_another(role: ApiRole) -> None:
    got = rule(command(CommandKind.CLAIM, role=role), "bo")
    assert (got.takes_effect, got.assignee) == (False, "bo")


@pytest.mark.parametrize(
    ("by", "role", "takes_effect"),
    [
        ("Bo", ApiRole.REVIEWER, True),
        ("ana", ApiRole.REVIEWER, False),
        ("ana", ApiRole.LEAD, True),
        ("ana", ApiRole.ADMIN, True),
    ],
)
def test_the_assignee_or_a_lead_releases(by: str, role: ApiRole, takes_effect: bool) -> None:
    got = rule(command(CommandKind.RELEASE, by=by, role=role), "bo")
    assert got.takes_effect is takes_effect
    assert got.assignee == (None if takes_effect else "bo")


def test_there_is_nothing_to_release_from_nobody() -> None:
    assert not rule(command(CommandKind.RELEASE, role=ApiRole.ADMIN)).takes_effect


@pytest.mark.parametrize(
    ("role", "takes_effect"),
    [(ApiRole.REVIEWER, False), (ApiRole.LEAD, True), (ApiRole.ADMIN, True)],
)
def test_a_lead_assigns(role: ApiRole, takes_effect: bool) -> None:
    got = rule(command(CommandKind.ASSIGN, role=role, assignee="cy"), "bo")
    assert got.takes_effect is takes_effect
    assert got.assignee == ("cy" if takes_effect else "bo")


@pytest.mark.parametrize("kind", CommandKind)
def test_an_assignee_goes_with_assign_only(kind: CommandKind) -> None:
    wrong = None if kind is CommandKind.ASSIGN else "cy"
    with pytest.raises(ValidationError, match="assignee goes with"):
        command(kind, assignee=wrong)
