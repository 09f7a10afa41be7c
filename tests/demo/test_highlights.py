"""What the demo points a newcomer to, and that its verdict tells when a part is not there."""

from collections.abc import AsyncGenerator
from dataclasses import fields, replace
from uuid import UUID

import pytest

from client.api import LearningLoop
from client.connection import Target
from client.models import HeldBackGap, ProposalDetail
from demo.highlights import Highlights, find_highlights
from demo.plan import CONTRADICTING_GAP, PERSONAL_DATA, PLANTED_RULE, REPEAT
from demo.report import held_back, highlights
from demo.verdict import what_did_not_hold
from tests.demo.told import (
    NOTHING,
    contradicting,
    holding_back,
    learned,
    proposal,
    read_as,
)

API = "http://127.0.0.1:8000"
MERGED = proposal().model_copy(update={"support": 3})
SAID = read_as("My name is [NAME].", PERSONAL_DATA).details[0]
ALL = Highlights(MERGED, contradicting(proposal()), holding_back(1), SAID, SAID)


class Reviewer(LearningLoop):
    """A client that knows one contradiction and one rejection without asking anybody."""

    def __init__(self, held: int) -> None:
        super().__init__(Target(url=API, key="ll_reviewer_key"))
        self._held = held

    async def proposal(self, proposal_id: UUID) -> ProposalDetail:
        return contradicting(proposal().model_copy(update={"id": proposal_id}))

    async def suppressions(self) -> AsyncGenerator[HeldBackGap]:
        yield holding_back(self._held)


async def test_the_proposal_with_most_support_is_shown_as_merged() -> None:
    found = await find_highlights(Reviewer(0), learned(proposal(), MERGED))
    assert found.merged == MERGED


async def test_a_proposal_with_one_case_merges_nothing() -> None:
    assert (await find_highlights(Reviewer(0), learned(proposal()))).merged is None


async def test_an_open_proposal_against_an_item_is_shown() -> None:
    found = await find_highlights(Reviewer(0), learned(proposal()))
    assert found.contradiction == contradicting(proposal())


async def test_the_contradiction_that_was_planned_is_shown_first() -> None:
    other = proposal().model_copy(update={"id": UUID(int=2), "intervention_id": UUID(int=3)})
    told = learned(other, proposal(), key=CONTRADICTING_GAP)
    found = await find_highlights(Reviewer(0), told)
    assert found.contradiction == contradicting(proposal())


@pytest.mark.parametrize("cases", [0, 1])
async def test_a_rejection_is_shown_once_it_holds_something_back(cases: int) -> None:
    found = await find_highlights(Reviewer(cases), read_as("Vouchers?", REPEAT))
    assert found.held_back == (holding_back(1) if cases else None)


async def test_a_repeat_that_was_proposed_is_not_held_back() -> None:
    found = await find_highlights(Reviewer(1), read_as("Vouchers?", REPEAT, proposal()))
    assert found.held_back is None


async def test_a_planted_rule_is_refused_unless_something_was_proposed() -> None:
    refused = await find_highlights(Reviewer(0), read_as("Refund all.", PLANTED_RULE))
    taken = await find_highlights(Reviewer(0), read_as("Refund all.", PLANTED_RULE, proposal()))
    assert refused.refused is not None
    assert taken.refused is None


@pytest.mark.parametrize(("said", "shown"), [("I am [NAME].", True), ("I am Adaeze.", False)])
async def test_a_redacted_case_shows_placeholders(said: str, *, shown: bool) -> None:
    found = await find_highlights(Reviewer(0), read_as(said, PERSONAL_DATA))
    assert (found.redacted is not None) is shown


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        ("merged", "no proposal was supported by more than one intervention"),
        ("contradiction", "no proposal was found to contradict an item"),
        ("held_back", "no case of what was rejected was held back"),
        ("refused", "the planted rule was not seen to be refused"),
        ("redacted", "no personal data was seen to be replaced"),
    ],
)
def test_what_a_demo_does_not_show_breaks_the_story(part: str, problem: str) -> None:
    assert problem not in what_did_not_hold(learned(), [], ALL)
    assert problem in what_did_not_hold(learned(), [], replace(ALL, **{part: None}))


def test_every_part_is_told_with_its_address() -> None:
    lines = highlights(API, ALL)
    assert len(lines) == 1 + len(fields(Highlights))
    assert all(API in line for line in lines[1:])
    assert "contradicts 'Damage cover'" in lines[2]


def test_what_is_not_there_is_not_told() -> None:
    assert len(highlights(API, NOTHING)) == 1


def test_what_was_held_back_is_told_with_the_reason() -> None:
    assert held_back(holding_back(2)) == (
        "held back: 2 more cases of 'Add it' (rejected by dana because: It is over.)"
    )
    assert held_back(None) == "nothing was held back"
