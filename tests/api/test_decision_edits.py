"""Decisions with an edit, and what they would publish of personal data."""

from typing import Any
from uuid import uuid4

import pytest
from httpx2 import AsyncClient, Response

from domain.identity import ApiRole
from domain.knowledge import ItemKind
from domain.reviews import IgnoredBecause
from store import audit, workspaces
from store.database import Database
from tests.api.conftest import Keys
from tests.api.deciding import Decider, decisions_of
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows, adding, revising
from tests.domain.builders import change as other_change
from tests.domain.builders import submission

WORDINGS = ("wheres my cash", "money back when")


@pytest.fixture
def decider(client: AsyncClient, keys: Keys) -> Decider:
    """A reviewer."""
    return Decider(client, keys)


async def test_an_edit_of_the_content_is_kept(
    decider: Decider, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal()
    edit = adding("Refunds take 6 days.")

    answer = await decider.post(proposal, edited_change=edit.model_dump(mode="json"))

    assert answer.status_code == 202
    (kept,) = await decisions_of(database, proposal, rows.workspace)
    assert kept.edited_change == edit


async def test_an_edit_that_changes_nothing_is_a_plain_approval(
    decider: Decider, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal()

    await decider.post(proposal, edited_change=proposal.change.model_dump(mode="json"))

    (kept,) = await decisions_of(database, proposal, rows.workspace)
    assert kept.edited_change is None


@pytest.mark.parametrize(
    ("named", "kept"),
    [({}, WORDINGS), ({"phrasings": WORDINGS[1:]}, WORDINGS[1:]), ({"phrasings": []}, ())],
)
async def test_an_edit_keeps_the_wordings_that_are_shown_unless_it_names_others(
    decider: Decider,
    rows: Rows,
    database: Database,
    named: dict[str, Any],
    kept: tuple[str, ...],
) -> None:
    proposal = await rows.proposal(adding().model_copy(update={"phrasings": WORDINGS}))
    edit = adding("Refunds take 6 days.").model_dump(mode="json") | named

    answers = [await decider.post(proposal, key="1", edited_change=edit) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [202, 202]
    (decision,) = await decisions_of(database, proposal, rows.workspace)
    assert decision.edited_change is not None
    assert decision.edited_change.phrasings == kept


async def test_an_edit_may_not_aim_elsewhere(
    decider: Decider, rows: Rows, database: Database
) -> None:
    item_id, _ = await rows.item()
    proposal = await rows.proposal()
    edits = [
        revising(item_id, "Refunds take 6 days."),
        adding(kind=ItemKind.POLICY),
    ]

    answers = [
        await decider.post(proposal, edited_change=edit.model_dump(mode="json")) for edit in edits
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    kept = await decisions_of(database, proposal, rows.workspace)
    assert {decision.reason for decision in kept} == {IgnoredBecause.INVALID_EDIT}


@pytest.mark.parametrize("word", ["[NAME]", "[EMAIL_2]", "[ID]"])
async def test_an_edit_may_not_hold_a_placeholder(decider: Decider, rows: Rows, word: str) -> None:
    proposal = await rows.proposal()
    edit = adding(f"Write to {word}.")

    answer = await decider.post(proposal, edited_change=edit.model_dump(mode="json"))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "edited_change.content"


async def test_an_edit_may_not_hold_personal_data(
    decider: Decider, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal()

    async def post(answer: str) -> Response:
        edit = adding(answer).model_dump(mode="json")
        return await decider.post(proposal, edited_change=edit)

    refused = await post("Write to jane.roe@example.com.")

    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:learning-loop:problem:personal_data"
    (error,) = refused.json()["errors"]
    assert error["field"] == "edited_change.content.answer"
    # The record of a refusal would keep the edit.
    assert await decisions_of(database, proposal, rows.workspace) == []
    assert (await post("Write to support@company.example.")).status_code == 202


async def test_personal_data_in_the_draft_is_named_and_not_approved(
    decider: Decider, rows: Rows, database: Database, delivery: RecordingDelivery
) -> None:
    proposal = await rows.proposal(change=adding("Write to jane.roe@example.com."))

    refused = await decider.post(proposal)

    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:learning-loop:problem:personal_data"
    assert [error["field"] for error in refused.json()["errors"]] == ["content.answer"]
    (kept,) = await decisions_of(database, proposal, rows.workspace)
    assert kept.reason is IgnoredBecause.PERSONAL_DATA
    assert delivery.decided == []


async def test_what_a_reviewer_confirms_to_be_nobodys_is_public_from_then_on(
    decider: Decider, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal(change=adding("Write to hello@company.example."))
    shown = await decider.client.get(f"/v1/proposals/{proposal.id}", headers=decider.header)
    texts = [part["text"] for part in shown.json()["personal_data"]]
    assert texts == ["hello@company.example"]

    answer = await decider.post(proposal, not_personal=[*texts, "Maria Keller"])

    assert answer.status_code == 202
    async with database.transaction(rows.workspace) as connection:
        settings = await workspaces.read_settings(connection, rows.workspace)
        entries = await audit.list_audit(connection, rows.workspace)
    assert settings.public_texts == ("hello@company.example",)
    assert "company.example" not in str([entry.details for entry in entries])


async def test_a_decision_without_effect_makes_nothing_public(
    decider: Decider, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal(change=adding("Write to hello@company.example."))
    answer = await decider.post(
        proposal, content_hash="0" * 64, not_personal=["hello@company.example"]
    )
    assert answer.status_code == 409
    async with database.transaction(rows.workspace) as connection:
        assert (await workspaces.read_settings(connection, rows.workspace)).public_texts == ()


async def test_a_wrong_edit_names_its_field(decider: Decider, rows: Rows) -> None:
    proposal = await rows.proposal()
    edit = proposal.change.model_dump(mode="json")
    edit["content"]["answer"] = ""

    answer = await decider.post(proposal, edited_change=edit)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == ["edited_change.content.answer"]


async def test_an_edit_goes_with_an_approval_only(decider: Decider, rows: Rows) -> None:
    proposal = await rows.proposal()
    edit = other_change().model_dump(mode="json")

    answer = await decider.post(proposal, verdict="reject", comment="No.", edited_change=edit)

    assert answer.status_code == 422


async def test_who_may_not_decide_learns_nothing_of_the_conversation_by_an_edit(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    secret = "jane@example.com"
    said = [{"role": "customer", "text": f"Where is it? Write to {secret}."}]
    proposal = await rows.proposal(posted=submission(external_id=uuid4().hex, conversation=said))
    machine = Decider(client, keys, ApiRole.AGENT)
    edits = [adding(f"Write to {address}.") for address in (secret, "john@example.com")]

    answers = [
        await machine.post(proposal, edited_change=edit.model_dump(mode="json")) for edit in edits
    ]

    assert [answer.status_code for answer in answers] == [403, 403]
