"""Editing on the proposal's own page: two buttons, off when it must be, nothing typed is lost."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from domain.identity import ApiRole
from domain.knowledge import ItemKind
from domain.proposals import Proposal, ProposalStatus, Setback
from domain.reviews import Decision, DecisionEffect, IgnoredBecause, Ruling, Verdict
from store import proposals, reviews
from store.database import Database
from store.vectors import Embedding
from tests.api.browser import Person, text_of
from tests.api.deciding import decisions_of
from tests.api.fakes import RecordingDelivery, WordEmbedder
from tests.api.rows import Rows, a_verification, adding, revising

SIX = {
    "field_title": "Returns",
    "field_question": "How long?",
    "field_answer": "Six days.",
}


async def test_the_page_itself_turns_into_the_form(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}/edit")
    said = text_of(page)
    assert "What it does to past queries" in said
    assert "Approve with these words" in said
    assert "Verify the edit" in said
    assert "Approve and put live" not in said


async def test_a_verified_edit_is_requested_word_for_word(
    reviewer: Person, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}/edit")
    answer = await reviewer.post(f"/proposals/{proposal.id}/edit/verify", page, **SIX)
    assert answer.status_code == 303
    [kept] = await decisions_of(database, proposal, rows.workspace)
    assert (kept.verdict, kept.comment) == (Verdict.REQUEST_CHANGES, "")
    assert kept.edited_change == adding("Six days.")


async def test_an_edit_that_changes_nothing_is_not_saved(
    reviewer: Person, rows: Rows, delivery: RecordingDelivery
) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}/edit")
    same = {**SIX, "field_question": "How long?", "field_answer": "Refunds take 5 days."}
    answer = await reviewer.post(f"/proposals/{proposal.id}/edit/verify", page, **same)
    assert answer.status_code == 422
    assert "says what the proposal says already" in text_of(answer)
    assert delivery.decided == []


async def test_line_breaks_of_a_browser_change_nothing(
    reviewer: Person, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal(adding("One.\nTwo."))
    page = await reviewer.get(f"/proposals/{proposal.id}/edit")
    sent = {**SIX, "field_answer": "One.\r\nTwo."}
    await reviewer.post(f"/proposals/{proposal.id}/edit/approve", page, **sent)
    [kept] = await decisions_of(database, proposal, rows.workspace)
    assert kept.edited_change is None


async def test_sent_twice_it_is_one_decision(
    reviewer: Person, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}/edit")
    for _ in range(2):
        await reviewer.post(f"/proposals/{proposal.id}/edit/approve", page, **SIX)
    assert len(await decisions_of(database, proposal, rows.workspace)) == 1


@pytest.mark.parametrize("status", [ProposalStatus.PARKED, ProposalStatus.REJECTED])
async def test_what_is_not_in_review_is_shown_and_not_edited(
    reviewer: Person, rows: Rows, status: ProposalStatus
) -> None:
    proposal = await rows.proposal()
    await rows.move(proposal.id, status)
    answer = await reviewer.get(f"/proposals/{proposal.id}/edit")
    assert answer.status_code == 303


async def redraft(rows: Rows, proposal: Proposal, text: str) -> Proposal:
    """Let somebody else's draft come meanwhile."""
    change = proposal.change.model_copy(update={"content": adding(text).content})
    vector = [float(value) for value in WordEmbedder().embed([text])[0]]
    async with rows.database.transaction(rows.workspace) as connection:
        found = await proposals.lock_proposal(connection, rows.workspace, proposal.id)
        await proposals.replace_draft(
            connection,
            rows.workspace,
            found,
            change=change,
            title=proposal.title,
            rationale=proposal.rationale,
            drafted_by="ada",
            embedding=Embedding(WordEmbedder.name, vector),
        )
    return await rows.read(proposal.id)


async def test_a_draft_that_changed_nothing_says_so_and_why(reviewer: Person, rows: Rows) -> None:
    same = await redraft(rows, await rows.proposal(), "Refunds take 5 days.")

    said = text_of(await reviewer.get(f"/proposals/{same.id}"))

    assert "Draft 2 says the same as the one before. Five customers asked." in said


async def test_a_new_draft_says_nothing_of_the_kind(reviewer: Person, rows: Rows) -> None:
    newer = await redraft(rows, await rows.proposal(), "Refunds take 9 days.")

    said = text_of(await reviewer.get(f"/proposals/{newer.id}"))

    assert "says the same" not in said
    assert "takes words literally: Title: … or Answer: … on a line of its own" in said


async def test_an_edit_of_a_stale_page_is_kept_and_says_what_changed(
    reviewer: Person, rows: Rows
) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}/edit")
    newer = await redraft(rows, proposal, "Refunds take 9 days.")

    answer = await reviewer.post(
        f"/proposals/{proposal.id}/edit/approve", page, **SIX, comment="Mine."
    )

    assert answer.status_code == 409
    assert "What has changed since you opened it" in text_of(answer)
    assert "Refunds take <del>5</del><ins>9</ins> days." in answer.text
    assert "Six days.</textarea>" in answer.text
    assert "Mine.</textarea>" in answer.text
    assert f'name="content_hash" value="{newer.content_hash}"' in answer.text


async def test_a_rejection_of_a_stale_page_keeps_its_words(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}")
    await redraft(rows, proposal, "Refunds take 9 days.")

    answer = await reviewer.post(
        f"/proposals/{proposal.id}/decide",
        page,
        verdict="reject",
        rejection_reason="wrong",
        comment="No <i>way</i>.",
    )

    assert answer.status_code == 409
    assert "Refunds take <del>5</del><ins>9</ins> days." in answer.text
    assert "No &lt;i&gt;way&lt;/i&gt;.</textarea>" in answer.text
    assert 'value="wrong" required checked' in answer.text


async def refuse(rows: Rows, proposal: Proposal, reason: IgnoredBecause) -> None:
    """Keep a click that had no effect."""
    decision = Decision(
        id=uuid4(),
        proposal_id=proposal.id,
        verdict=Verdict.APPROVE,
        content_hash=proposal.content_hash,
        by="reviewer",
        role=ApiRole.REVIEWER,
        created_at=datetime.now(UTC),
    )
    ruling = Ruling(effect=DecisionEffect.IGNORED, reason=reason)
    async with rows.database.transaction(rows.workspace) as connection:
        await reviews.insert_refused_decision(connection, rows.workspace, decision, ruling)


async def came_back(rows: Rows) -> Proposal:
    """Return a proposal whose draft is an edit that came back."""
    proposal = await rows.proposal()
    await refuse(rows, proposal, IgnoredBecause.EDIT_BREAKS)
    report = a_verification(proposal.change).model_copy(
        update={"setback": Setback(loses_original=True, broken=("original",))}
    )
    async with rows.database.transaction(rows.workspace) as connection:
        await proposals.save_verification(connection, rows.workspace, proposal.id, report)
    return proposal


async def test_an_edit_that_came_back_says_so_at_the_top(reviewer: Person, rows: Rows) -> None:
    proposal = await came_back(rows)
    said = text_of(await reviewer.get(f"/proposals/{proposal.id}"))
    assert "Your edit was not put live." in said
    assert "The query that led to this is no longer answered with it." in said
    assert "It breaks a query that the draft before did not: Where is my refund?" in said


async def test_a_refused_click_does_not_hide_that_it_came_back(
    reviewer: Person, rows: Rows
) -> None:
    proposal = await came_back(rows)
    await refuse(rows, proposal, IgnoredBecause.STALE_CONTENT)
    said = text_of(await reviewer.get(f"/proposals/{proposal.id}"))
    assert "Your edit was not put live." in said
    assert "The query that led to this is no longer answered with it." in said


async def test_enter_in_a_field_of_the_form_previews(reviewer: Person, rows: Rows) -> None:
    """A browser presses the first button of a form for whoever presses Enter in a field."""
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}/edit")
    preview = await reviewer.post(f"/proposals/{proposal.id}/preview", page, **SIX)
    for shown in (page, preview):
        form = shown.text.partition('<form id="edit"')[2].partition("</form>")[0]
        first = re.findall("<button[^>]*>", form)[0]
        assert f'formaction="/proposals/{proposal.id}/preview"' in first
        assert "name=" not in first


@pytest.mark.parametrize(
    ("view", "marks"),
    [("inline", "Refunds take <del>5</del><ins>7</ins> days."), ("sides", "Refunds take <del>5")],
)
async def test_the_difference_is_shown_as_one_likes(
    reviewer: Person, rows: Rows, view: str, marks: str
) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    proposal = await rows.proposal(revising(item_id, "Refunds take 7 days."))
    page = await reviewer.get(f"/proposals/{proposal.id}?diff={view}")
    assert marks in page.text
    assert f'href="?diff={view}#change" aria-current=true' in page.text


async def test_an_addition_shows_all_that_would_be_stored(reviewer: Person, rows: Rows) -> None:
    change = adding().model_copy(update={"phrasings": ("wheres my cash",)})
    said = text_of(await reviewer.get(f"/proposals/{(await rows.proposal(change)).id}"))
    stored = "Title Returns Question How long? Answer Refunds take 5 days. Tags nothing"
    assert stored in said
    assert "wheres my cash" in said


async def test_a_new_tool_shows_its_schema_and_what_it_may_do(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal(adding(kind=ItemKind.TOOL_CONNECTION), approvals=2)
    page = await reviewer.get(f"/proposals/{proposal.id}")
    assert "only reads" in text_of(page)
    assert "<details open><summary>Input schema" in page.text
