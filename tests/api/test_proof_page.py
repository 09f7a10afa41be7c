"""What a proposal's page shows of its replay: what it breaks before all else."""

from typing import Any
from uuid import UUID

import pytest
from httpx2 import AsyncClient

from domain.cases import AskResult
from domain.golden import Expectation, Expected
from domain.identity import ApiRole
from domain.knowledge import Access
from domain.proposals import (
    KeptDraft,
    Proposal,
    ReplayCase,
    ReplayEffect,
    ReplaySource,
    SentBack,
    Verification,
)
from domain.sending_back import OPENING
from domain.tool_checks import ToolCheck, ToolProblem, ToolProblemKind
from store import proposals
from tests.api.browser import Person, signed_in, text_of
from tests.api.conftest import Keys
from tests.api.rows import Rows
from tests.domain.builders import NOW, asked

HANDED_OFF = AskResult(answered=False, handoff_reason="Nothing known.", confidence=0.1)


def case(query: str, effect: ReplayEffect, **fields: Any) -> ReplayCase:
    sides = {
        ReplayEffect.FIXED: (HANDED_OFF, asked("In 5 days.")),
        ReplayEffect.BROKEN: (asked("In 9 days."), HANDED_OFF),
        ReplayEffect.CHANGED: (asked("In 9 days."), asked("In 5 days.")),
        ReplayEffect.SAME: (HANDED_OFF, HANDED_OFF),
    }
    before, after = sides[effect]
    return ReplayCase(query=query, effect=effect, before=before, after=after, **fields)


OWN = case("Where is my refund?", ReplayEffect.FIXED, is_original=True)
BROKEN = case("When do you open?", ReplayEffect.BROKEN, source=ReplaySource.OUTCOME)


@pytest.fixture
async def lead(client: AsyncClient, keys: Keys) -> Person:
    """A lead at a browser."""
    return await signed_in(client, keys.of[ApiRole.LEAD])


async def verified(rows: Rows, *cases: ReplayCase, **fields: Any) -> Proposal:
    """Return a proposal in review with this report."""
    proposal = await rows.proposal()
    report = Verification(
        content_hash=proposal.content_hash,
        agent="offline",
        cases=cases,
        verified_at=NOW,
        **fields,
    )
    async with rows.database.transaction(rows.workspace) as connection:
        await proposals.save_verification(connection, rows.workspace, proposal.id, report)
    return proposal


async def shown(person: Person, proposal: Proposal) -> str:
    return text_of(await person.get(f"/proposals/{proposal.id}"))


def in_order(text: str, *parts: str) -> bool:
    places = [text.index(part) for part in parts]
    return places == sorted(places)


async def test_what_breaks_comes_before_its_own_case_and_before_the_change(
    lead: Person, rows: Rows
) -> None:
    fixed = case("Is my refund late?", ReplayEffect.FIXED)
    said = await shown(lead, await verified(rows, OWN, fixed, BROKEN))
    assert in_order(
        said,
        "✕ breaks 1 ✓ fixes 2",
        "What happened",
        "It breaks 1 past query. It fixes its own case. Of other people's queries it fixes 1.",
        "It would have saved people 2 hand-offs.",
        "1 ✕ broken",
        "When do you open? a query that was served",
        "Before In 9 days. With the change Handed off. Nothing known.",
        "Where is my refund? this case",
        "Is my refund late? a past intervention",
        "What would be added",
    )


@pytest.mark.parametrize(
    ("known", "sides", "said"),
    [
        (
            {"wanted_otherwise": True},
            (HANDED_OFF, asked("In 5 days.")),
            "It would be answered, but",
        ),
        (
            {"wanted_otherwise": True},
            (asked("a"), asked("b")),
            "It is answered otherwise, but whoever",
        ),
        ({"known_wrong": True}, (asked("a"), HANDED_OFF), "It was answered wrongly, as people"),
        ({"known_wrong": True, "runs": 3}, (HANDED_OFF, asked("a")), "does not end alike each"),
        ({"wanted_otherwise": True, "runs": 3}, (asked("a"), HANDED_OFF), "not end alike each"),
        ({"known_wrong": True}, (asked("a"), asked("b")), "the old answer was wrong: see"),
        ({"known_correct": True}, (asked("a"), asked("b")), "the old answer was right: see"),
        ({}, (asked("a"), asked("b")), "which is right is not known."),
    ],
)
async def test_what_has_changed_says_what_people_know_of_it(
    lead: Person, rows: Rows, known: Any, sides: tuple[AskResult, AskResult], said: str
) -> None:
    changed = case("How long?", ReplayEffect.CHANGED, **known)
    changed = changed.model_copy(update={"before": sides[0], "after": sides[1]})
    assert said in await shown(lead, await verified(rows, OWN, changed))


@pytest.mark.parametrize(
    ("known", "sides", "said"),
    [
        ({"known_wrong": True}, (asked("a"), HANDED_OFF), "answered wrongly would be handed off."),
        ({"runs": 3}, (HANDED_OFF, HANDED_OFF), "it does not end alike each time it is asked."),
    ],
)
async def test_its_own_case_that_has_only_changed_says_how(
    lead: Person, rows: Rows, known: Any, sides: tuple[AskResult, AskResult], said: str
) -> None:
    own = case("How long?", ReplayEffect.CHANGED, is_original=True, **known)
    own = own.model_copy(update={"before": sides[0], "after": sides[1]})
    page = await shown(lead, await verified(rows, own))
    assert f"It does not fix its own case: {said}" in page or f"what was {said}" in page


async def test_the_inbox_says_first_what_a_proposal_breaks(lead: Person, rows: Rows) -> None:
    await verified(rows, OWN, BROKEN)
    page = await lead.get("/")
    assert in_order(text_of(page), "✕ breaks 1", "✓ fixes 1")
    assert '<span class="badge bad">✕ breaks 1</span>' in page.text


@pytest.mark.parametrize(
    ("kept", "effect", "said"),
    [
        (KeptDraft.FIRST, ReplayEffect.SAME, "was sent back once, and still does not fix its own"),
        (KeptDraft.SECOND, ReplayEffect.FIXED, "The first draft was sent back once, and this one"),
    ],
)
async def test_the_reviewer_is_told_plainly_that_it_was_sent_back_and_why(
    lead: Person, rows: Rows, kept: KeptDraft, effect: ReplayEffect, said: str
) -> None:
    own = case("Where is my refund?", effect, is_original=True)
    sent_back = SentBack(reason=f"{OPENING} the agent still hands it off.", kept=kept)
    page = await shown(lead, await verified(rows, own, sent_back=sent_back))
    assert said in page
    assert "The reason was: the agent still hands it off." in page


async def test_a_golden_query_says_what_it_needs(lead: Person, rows: Rows) -> None:
    expected = Expected(expects=Expectation.ANSWERED, must_contain=("9 days", "free"))
    golden = case("How long?", ReplayEffect.BROKEN, source=ReplaySource.GOLDEN, expected=expected)
    said = await shown(lead, await verified(rows, OWN, golden))
    assert "A golden query: it should be answered with “9 days”, “free”." in said


@pytest.mark.parametrize(("passed", "said"), [(1, "both are as"), (0, "neither is as")])
async def test_a_golden_query_that_has_only_changed_says_whether_it_is_right(
    lead: Person, rows: Rows, passed: int, said: str
) -> None:
    expected = Expected(expects=Expectation.ANSWERED, must_contain=("days",))
    golden = case(
        "How long?",
        ReplayEffect.CHANGED,
        source=ReplaySource.GOLDEN,
        expected=expected,
        passed=passed,
        known_wrong=True,
    )
    page = await shown(lead, await verified(rows, OWN, golden))
    assert f"It ends otherwise, and {said} people said that a right answer is." in page


async def test_runs_of_a_model_and_what_was_left_out_are_told(lead: Person, rows: Rows) -> None:
    own = OWN.model_copy(update={"runs": 3, "passed_before": 0, "passed": 3})
    said = await shown(lead, await verified(rows, own, left_out=7))
    assert "Asked 3 times each way: right 0 times before, 3 times with the change." in said
    assert "Each query was asked 3 times each way. 7 more past queries were left out" in said


async def test_a_replay_cut_short_by_the_token_budget_says_so_before_the_cases(
    lead: Person, rows: Rows
) -> None:
    said = await shown(lead, await verified(rows, OWN, left_out=7, budget_used_up=True))
    assert in_order(
        said,
        "It fixes its own case.",
        "The replay was cut short: the tokens that the workspace may use",
        "7 past queries were not replayed",
        "Where is my refund? this case",
    )
    assert "since answers cost" not in said


async def test_without_tokens_no_query_was_replayed_though_there_were_some(
    lead: Person, rows: Rows
) -> None:
    said = await shown(lead, await verified(rows, left_out=1, budget_used_up=True))
    assert "No past query was replayed." in said
    assert "1 past query was not replayed" in said


CHECK = ToolCheck(
    tool="issue_refund",
    access=Access.WRITE,
    calls=3,
    served=1,
    problems=(
        ToolProblem(kind=ToolProblemKind.MISSING, argument="order_id", calls=2),
        ToolProblem(kind=ToolProblemKind.WRONG_TYPE, argument="amount", calls=1),
    ),
)
UNUSED = ToolCheck(tool="get_order", access=Access.READ, calls=0, served=0)


async def test_a_tool_connection_is_held_against_the_calls_on_record(
    lead: Person, rows: Rows
) -> None:
    said = await shown(lead, await verified(rows, OWN, tool_checks=(CHECK, UNUSED)))
    assert "Nothing was called" in said
    assert "issue_refund changes data 1 of 3 calls needs order_id in 2 of them" in said
    assert "takes another type of amount in 1 of them" in said
    assert "get_order only reads no call on record nothing" in said


async def test_a_replayed_query_is_kept_as_golden_from_the_page(
    client: AsyncClient, keys: Keys, lead: Person, rows: Rows
) -> None:
    proposal = await verified(rows, OWN)
    page = await lead.get(f"/proposals/{proposal.id}")
    assert "Keep this query as golden" in page.text
    answer = await lead.post(
        "/golden",
        page,
        query=OWN.query,
        proposal_id=str(proposal.id),
        expects="answered",
        must_contain="5 days",
    )
    assert answer.headers["location"] == f"/proposals/{proposal.id}#h-verification"
    listed = await client.get("/v1/golden", headers=keys.header(ApiRole.REVIEWER))
    assert [golden["query"] for golden in listed.json()["items"]] == [OWN.query]


async def test_who_may_not_keep_golden_queries_sees_no_form_for_it(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    reviewer = await signed_in(client, keys.of[ApiRole.REVIEWER])
    page = await reviewer.get(f"/proposals/{(await verified(rows, OWN)).id}")
    assert "Keep this query as golden" not in page.text


async def test_calls_tell_how_many_interventions_it_would_have_prevented(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    proposal = await verified(rows, OWN, BROKEN)
    headers = keys.header(ApiRole.REVIEWER)
    one = await client.get(f"/v1/proposals/{proposal.id}", headers=headers)
    many = await client.get("/v1/proposals", headers=headers)
    for found in (one.json(), many.json()["items"][0]):
        assert UUID(found["id"]) == proposal.id
        assert found["verification"]["predicted_prevented"] == 1
