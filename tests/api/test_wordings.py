"""Customers' wordings as reviewers see them, take some out, and cannot make any up."""

import pytest
from httpx2 import AsyncClient

from domain.identity import ApiRole
from domain.knowledge import Change
from store import reviews
from store.database import Database
from tests.api.browser import Person, text_of
from tests.api.conftest import Keys
from tests.api.rows import Rows, adding, revising

WORDINGS = ("wheres my cash", "money <b>back</b> when")


def worded(*phrasings: str) -> Change:
    return adding().model_copy(update={"phrasings": phrasings})


async def test_the_page_says_by_which_words_it_would_be_found(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal(worded(*WORDINGS))
    page = await reviewer.get(f"/proposals/{proposal.id}")
    assert "Wordings that would find it" in text_of(page)
    assert "wheres my cash" in page.text
    assert "money &lt;b&gt;back" in page.text


async def test_the_diff_shows_them_as_added_and_that_nothing_else_is(
    client: AsyncClient, keys: Keys, reviewer: Person, rows: Rows
) -> None:
    item_id, _ = await rows.item(adding("Five days."))
    change = revising(item_id, "Five days.").model_copy(update={"phrasings": WORDINGS})
    proposal = await rows.proposal(change)
    path = f"/proposals/{proposal.id}"
    read = await client.get(f"/v1{path}", headers=keys.header(ApiRole.REVIEWER))
    (changed,) = [field for field in read.json()["diff"] if field["changed"]]
    assert changed == {
        "field": "phrasings",
        "changed": True,
        "segments": [{"edit": "insert", "text": "\n".join(WORDINGS)}],
    }
    page = await reviewer.get(path)
    assert "<ins>wheres my cash</ins>" in page.text
    # In the sentence that says what the change would do, and in the difference.
    assert page.text.count("wheres my cash") == 2
    assert "What it says stays as it is." in text_of(page)


async def test_the_page_of_a_change_without_wordings_is_silent(
    reviewer: Person, rows: Rows
) -> None:
    proposal = await rows.proposal()
    assert "Wordings" not in (await reviewer.get(f"/proposals/{proposal.id}")).text


@pytest.mark.parametrize(("ticked", "kept"), [((0, 1), WORDINGS), ((1,), WORDINGS[1:]), ((), ())])
async def test_the_edit_keeps_the_wordings_that_are_ticked(
    reviewer: Person,
    rows: Rows,
    database: Database,
    ticked: tuple[int, ...],
    kept: tuple[str, ...],
) -> None:
    proposal = await rows.proposal(worded(*WORDINGS))
    page = await reviewer.get(f"/proposals/{proposal.id}/edit")
    assert page.text.count('name="wording_') == 2
    await reviewer.post(
        f"/proposals/{proposal.id}/edit/approve",
        page,
        field_title="Refunds",
        field_question="How long?",
        field_answer="Six days.",
        **{f"wording_{n}": WORDINGS[n] for n in ticked},
    )
    async with database.transaction(rows.workspace) as connection:
        (decision,) = await reviews.list_decisions(connection, rows.workspace, proposal.id)
    assert decision.edited_change is not None
    assert decision.edited_change.phrasings == kept


async def test_v1_shows_wordings_as_a_part_of_the_change(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    header = keys.header(ApiRole.REVIEWER)
    for change in (worded(*WORDINGS), adding()):
        proposal = await rows.proposal(change)
        read = (await client.get(f"/v1/proposals/{proposal.id}", headers=header)).json()
        assert tuple(read["change"].get("phrasings", ())) == change.phrasings


async def test_an_edit_with_an_invented_wording_is_refused(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    proposal = await rows.proposal(worded(*WORDINGS))
    edit = proposal.change.model_copy(update={"phrasings": ("wheres my CASH",)})
    refused = await client.post(
        f"/v1/proposals/{proposal.id}/decisions",
        json={
            "verdict": "approve",
            "content_hash": proposal.content_hash,
            "edited_change": edit.model_dump(mode="json"),
        },
        headers=keys.header(ApiRole.REVIEWER),
    )
    assert refused.status_code == 422
    (error,) = refused.json()["errors"]
    assert error["field"] == "edited_change.phrasings"


async def test_what_a_person_asks_for_brings_no_wordings(client: AsyncClient, keys: Keys) -> None:
    refused = await client.post(
        "/v1/proposals",
        json={"change": worded("wheres my cash").model_dump(mode="json"), "reason": "because"},
        headers=keys.header(ApiRole.LEAD),
    )
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "change.phrasings"


async def test_a_call_may_leave_wordings_out(
    client: AsyncClient, keys: Keys, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal(worded(*WORDINGS))
    edit = proposal.change.model_copy(update={"phrasings": WORDINGS[:1]})
    answer = await client.post(
        f"/v1/proposals/{proposal.id}/decisions",
        headers=keys.header(ApiRole.REVIEWER),
        json={
            "verdict": "approve",
            "content_hash": proposal.content_hash,
            "edited_change": edit.model_dump(mode="json"),
        },
    )
    assert answer.status_code == 202
    async with database.transaction(rows.workspace) as connection:
        (decision,) = await reviews.list_decisions(connection, rows.workspace, proposal.id)
    assert decision.edited_change == edit
