"""What a reviewer reads of a proposal: notes to and fro, what is near, what happened so far."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from httpx2 import Response

from domain.claims import Claim, ClaimSource
from domain.escalation import StepKind
from domain.identity import ApiRole
from domain.knowledge import ArticleContent, Change, ItemKind, Operation
from domain.proposals import Proposal, ReplayEffect
from domain.reviews import (
    CommandKind,
    CommandRuling,
    Decision,
    DecisionEffect,
    IgnoredBecause,
    ReviewCommand,
    Ruling,
    Verdict,
)
from store import audit, mentions, proposals, reviews
from tests.api.browser import Person, text_of
from tests.api.rows import Rows, a_finding, adding, revising
from tests.domain.builders import submission
from tests.security.elements import dangers

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"
_ID = re.compile(r' id="((?:said|note)-\d+)"')
_LINK = re.compile(r'href="#((?:said|note)-\d+)"')


async def page_of(person: Person, proposal: Proposal) -> Response:
    """Return a proposal's page."""
    page = await person.get(f"/proposals/{proposal.id}")
    assert page.status_code == 200
    return page


def in_order(text: str, *parts: str) -> bool:
    """Return whether the parts stand in the text one behind the other."""
    at = 0
    for part in parts:
        at = text.index(part, at) + len(part)
    return True


async def a_told_proposal(rows: Rows) -> Proposal:
    """Return a proposal with two quotes, a sentence of the human's, and one of a tool's."""
    posted = submission(
        external_id=uuid4().hex,
        conversation=[
            {"role": "customer", "text": "Where is my refund?"},
            {"role": "agent", "text": "I do not know.", "tool_calls": [{"name": "get_order"}]},
            {"role": "human", "text": "Hello. Your refund takes five working days. Sorry!"},
        ],
        resolution={"reply": "Hello. Your refund takes five working days. Sorry!"},
    )
    finding = a_finding()
    human = Claim(text="A refund takes five days.", source=ClaimSource.HUMAN, turn=-1)
    tool = Claim(
        text="Orders ship daily.", source=ClaimSource.TOOL_RESULT, turn=1, where="get_order"
    )
    finding = finding.model_copy(update={"claims": (human, tool)})
    return await rows.proposal(
        adding("A refund takes five days. Orders ship daily."), posted=posted, finding=finding
    )


async def test_each_note_leads_to_the_words_and_each_word_back(
    reviewer: Person, rows: Rows
) -> None:
    page = await page_of(reviewer, await a_told_proposal(rows))

    ids, links = _ID.findall(page.text), _LINK.findall(page.text)
    assert len(ids) == len(set(ids))
    assert set(links) == set(ids) == {f"{side}-{n}" for side in ("said", "note") for n in (1, 2, 3)}


async def test_a_sentence_is_marked_where_the_human_said_it(reviewer: Person, rows: Rows) -> None:
    page = await page_of(reviewer, await a_told_proposal(rows))

    marked = (
        '<span class="spot" id="said-2"></span><mark>Your refund takes five working days.</mark>'
    )
    assert marked in page.text
    # The reply is that turn, so that it is not shown a second time.
    assert text_of(page).count("five working days") == 1


async def test_a_note_without_words_in_its_turn_stands_at_the_turn(
    reviewer: Person, rows: Rows
) -> None:
    page = await page_of(reviewer, await a_told_proposal(rows))

    turn = page.text[page.text.index('id="turn-1"') : page.text.index('id="turn-2"')]
    assert 'id="said-3"' in turn
    assert 'href="#note-3"' in turn


async def test_the_page_says_in_two_sentences_what_happened(reviewer: Person, rows: Rows) -> None:
    finding = a_finding().model_copy(
        update={
            "summary": "The agent did not know. It knows other things.",
            "human_did": "Looked it up. Then wrote it down.",
        }
    )
    said = text_of(await page_of(reviewer, await rows.proposal(finding=finding)))

    assert in_order(
        said,
        "What the agent got wrong The agent did not know. What the human did Looked it up.",
        "The whole reading",
        "It knows other things.",
        "What it does to past queries",
        "What would be added",
    )


async def test_nothing_like_it_is_said_to_be_known(reviewer: Person, rows: Rows) -> None:
    said = text_of(await page_of(reviewer, await rows.proposal()))

    assert "Nothing like it is known." in said


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("Refunds take long. Ask the bank.", "It does not speak of “bank”."),
        ("Refunds take long: 24 hours.", "It says nothing of “24 hours”."),
        ("Refunds take long: 5 or ten.", "It says nothing of “10” or “5”."),
    ],
)
async def test_a_similar_item_is_named_with_what_it_lacks(
    reviewer: Person, rows: Rows, text: str, lacks: str
) -> None:
    item_id, _ = await rows.item(adding("Refunds take long."))
    # The stored vector is that of the title.
    proposal = await rows.proposal(adding(text), title="Refunds take long.")

    page = await page_of(reviewer, proposal)

    assert f'href="/knowledge/{item_id}"' in page.text
    assert lacks in text_of(page)


async def test_the_item_that_is_changed_is_not_called_similar(reviewer: Person, rows: Rows) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    proposal = await rows.proposal(
        revising(item_id, "Refunds take 7 days."), title="Refunds take 5 days."
    )

    assert "Nothing like it is known." in text_of(await page_of(reviewer, proposal))


async def test_another_proposal_that_waits_for_the_same_is_named(
    reviewer: Person, rows: Rows
) -> None:
    other = await rows.proposal(title="Say how long refunds take")
    page = await page_of(reviewer, await rows.proposal(title="Say how long refunds take"))

    assert in_order(text_of(page), "Also waiting", "Say how long refunds take", "100% alike")
    assert f'href="/proposals/{other.id}"' in page.text


async def test_the_item_s_past_is_told_line_by_line(reviewer: Person, rows: Rows) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    await rows.item(revising(item_id, "Refunds take 6 days."))
    proposal = await rows.proposal(revising(item_id, "Refunds take 7 days.", base=2))

    said = text_of(await page_of(reviewer, proposal))

    assert in_order(
        said,
        "How the item came to be",
        "Answer: “5” became “6” revision 2, release 2",
        "by dana",
        "Added revision 1, release 1",
    )


def a_decision(proposal: Proposal, verdict: Verdict, comment: str = "") -> Decision:
    return Decision(
        id=uuid4(),
        proposal_id=proposal.id,
        verdict=verdict,
        content_hash=proposal.content_hash,
        comment=comment,
        by="lee",
        role=ApiRole.REVIEWER,
        created_at=datetime.now(UTC),
    )


async def live_through(rows: Rows, proposal: Proposal, text: str = "Is it so?") -> None:
    """Let a proposal be claimed, reminded of, commented on and decided upon in vain."""
    command = ReviewCommand(
        id=uuid4(),
        proposal_id=proposal.id,
        kind=CommandKind.ASSIGN,
        by="lee",
        role=ApiRole.LEAD,
        assignee=text,
        created_at=datetime.now(UTC),
    )
    async with rows.database.transaction(rows.workspace) as connection:
        await reviews.insert_command(connection, rows.workspace, command)
        await reviews.settle_command(
            connection, rows.workspace, command.id, CommandRuling(takes_effect=True)
        )
    async with rows.database.transaction(rows.workspace) as connection:
        await audit.record(
            connection,
            rows.workspace,
            actor="system",
            action=f"review_{StepKind.REMIND}",
            subject=f"proposal/{proposal.id}",
            details={"group": "reviewer"},
        )
    async with rows.database.transaction(rows.workspace) as connection:
        said = await reviews.add_comment(
            connection, rows.workspace, proposal.id, by="gone long ago", body=f"@{text} {text}"
        )
        await mentions.keep_mentions(connection, rows.workspace, said, [text])
    async with rows.database.transaction(rows.workspace) as connection:
        ruling = Ruling(effect=DecisionEffect.IGNORED, reason=IgnoredBecause.STALE_CONTENT)
        await reviews.insert_refused_decision(
            connection, rows.workspace, a_decision(proposal, Verdict.REJECT, text), ruling
        )


async def test_all_that_happened_is_told_in_one_order(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal()
    await live_through(rows, proposal)

    said = text_of(await page_of(reviewer, proposal))

    assert in_order(
        said,
        "So far",
        "The offline analyst drafted it",
        "lee gave it to Is it so?",
        "The reviewers were reminded",
        "gone long ago said",
        "lee rejected",
        "no effect: the content had changed",
    )


async def test_hostile_texts_around_a_proposal_are_text(reviewer: Person, rows: Rows) -> None:
    content = ArticleContent(title=EVIL, question=EVIL, answer=EVIL)
    hostile = Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=content)
    await rows.item(hostile)
    await rows.proposal(hostile, title=EVIL)
    item_id, _ = await rows.item(adding(EVIL))
    claim = Claim(text=EVIL, source=ClaimSource.CUSTOMER, turn=0)
    finding = a_finding().model_copy(
        update={"claims": (claim,), "summary": EVIL, "human_did": EVIL}
    )
    proposal = await rows.proposal(
        revising(item_id, f"{EVIL} more"), title=EVIL, finding=finding, effect=ReplayEffect.CHANGED
    )
    await live_through(rows, proposal, EVIL)

    page = await page_of(reviewer, proposal)

    assert dangers(page) == []
    assert "&lt;img src=x onerror=alert(2)&gt;" in page.text


async def count_queries(monkeypatch: pytest.MonkeyPatch, person: Person, proposal: Proposal) -> int:
    """Return how many statements a proposal's page takes."""
    seen: list[object] = []
    execute = psycopg.AsyncCursor.execute

    async def counted(self: Any, statement: Any, *args: Any, **kwargs: Any) -> Any:
        seen.append(statement)
        return await execute(self, statement, *args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.AsyncCursor, "execute", counted)
        await page_of(person, proposal)
    return len(seen)


async def test_the_number_of_queries_does_not_grow_with_what_there_is(
    reviewer: Person, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    proposal = await rows.proposal(revising(item_id, "Refunds take 7 days."))
    await page_of(reviewer, proposal)
    few = await count_queries(monkeypatch, reviewer, proposal)
    for number in range(4):
        await live_through(rows, proposal)
        await rows.item(adding(f"Refunds take {number} weeks."))
        await rows.proposal()
        await support(rows, proposal.id)

    many = await count_queries(monkeypatch, reviewer, proposal)

    # Sessions and presence are written now and then only.
    assert many <= few + 2
    assert many < 60


async def support(rows: Rows, proposal_id: UUID) -> None:
    """Let one more intervention show the same."""
    intervention_id = await rows.intervention()
    async with rows.database.transaction(rows.workspace) as connection:
        await proposals.add_evidence(
            connection,
            rows.workspace,
            proposal_id,
            intervention_id=intervention_id,
            finding_index=0,
            finding=a_finding(),
            ask="When do I get my money?",
        )


async def test_each_merged_case_is_told_with_its_quotes(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal()
    await support(rows, proposal.id)

    said = text_of(await page_of(reviewer, proposal))

    assert in_order(
        said,
        "Other cases that show it",
        "2 conversations",
        "When do I get my money?",
        "What the agent got wrong The agent did not know how long refunds take.",
        "Where is my refund? turn 1",
    )


async def test_the_deadline_and_what_follows_stand_there_in_words(
    reviewer: Person, rows: Rows
) -> None:
    said = text_of(await page_of(reviewer, await rows.proposal()))

    assert re.search(
        r"Until \d\d \w{3} \d{4}, \d\d:\d\d UTC \( in 2 days \); then it goes to the leads", said
    )
    assert "the reviewers are reminded" in said


async def test_who_is_chosen_beside_a_comment_is_named_in_it(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal()
    page = await page_of(reviewer, proposal)

    path = f"/proposals/{proposal.id}/comments/add"
    await reviewer.post(path, page, body="Is it so?", mention="lead")
    await reviewer.post(path, page, body="And this, @Lead?", mention="lead")

    said = text_of(await page_of(reviewer, proposal))
    assert "Is it so? @lead" in said
    assert "And this, @Lead ?" in said
