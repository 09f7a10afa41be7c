"""Personal data in a proposal as reviewers see it: marked, in the way, and confirmed or edited."""

from store import reviews, workspaces
from store.database import Database
from tests.api.browser import Person, text_of
from tests.api.rows import Rows, adding

CHANGE = adding("Write to <hello@company.example>.")
FIELDS = {"field_title": "Refunds", "field_question": "How long?"}


async def test_the_page_marks_it_and_offers_no_approval(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal(CHANGE)
    page = await reviewer.get(f"/proposals/{proposal.id}")
    assert "<mark>hello@company.example</mark>" in page.text
    assert '<button class="primary wide" disabled aria-describedby="off-approve">' in page.text
    assert "Confirm, then approve" in text_of(page)


async def test_the_page_without_any_offers_the_approval(reviewer: Person, rows: Rows) -> None:
    page = await reviewer.get(f"/proposals/{(await rows.proposal()).id}")
    assert '<button class="primary wide" data-key="a">Approve and put live</button>' in page.text
    assert "personal data…" not in page.text


async def test_confirming_approves(reviewer: Person, rows: Rows, database: Database) -> None:
    proposal = await rows.proposal(CHANGE)
    page = await reviewer.get(f"/proposals/{proposal.id}")
    done = await reviewer.post(
        f"/proposals/{proposal.id}/decide",
        page,
        verdict="approve",
        public_0="hello@company.example",
    )
    assert done.status_code == 303
    async with database.transaction(rows.workspace) as connection:
        settings = await workspaces.read_settings(connection, rows.workspace)
        (decision,) = await reviews.list_decisions(connection, rows.workspace, proposal.id)
    assert settings.public_texts == ("hello@company.example",)
    assert decision.reason is None


async def test_an_edit_says_what_it_holds_and_can_confirm_it(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}/edit")
    path = f"/proposals/{proposal.id}/edit/approve"
    answer = {**FIELDS, "field_answer": "Write to hello@company.example."}

    shown = await reviewer.post(path, page, **answer)

    assert shown.status_code == 422
    assert "holds what looks like a person's email address" in text_of(shown)
    assert 'name="public_0" value="hello@company.example"' in shown.text
    done = await reviewer.post(path, shown, **answer, public_0="hello@company.example")
    assert done.status_code == 303
