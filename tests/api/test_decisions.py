"""Decisions: what each does, what is refused and recorded, and that a retry is one decision."""

from typing import Any
from uuid import uuid4

import pytest
from httpx2 import AsyncClient, Response

from api.services.decisions import decision_id_of
from domain.identity import ApiRole, Principal
from domain.knowledge import ItemKind
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import (
    Decision,
    DecisionEffect,
    IgnoredBecause,
    Ruling,
)
from store import audit, reviews, workspaces
from store.database import Database, fetch_all
from tests.api.conftest import Keys, make_keys
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows, adding, revising
from tests.domain.builders import change as other_change
from tests.domain.builders import submission


class Decider:
    """Posts decisions as one role."""

    def __init__(self, client: AsyncClient, keys: Keys, role: ApiRole = ApiRole.REVIEWER) -> None:
        """Call as `role`."""
        self.client = client
        self.header = keys.header(role)

    async def post(self, proposal: Proposal, *, key: str | None = None, **fields: Any) -> Response:
        """Post a decision; an approval of the present content unless told otherwise."""
        body = {"verdict": "approve", "content_hash": proposal.content_hash, **fields}
        header = {**self.header, **({"Idempotency-Key": key} if key else {})}
        return await self.client.post(
            f"/v1/proposals/{proposal.id}/decisions", json=body, headers=header
        )


@pytest.fixture
def decider(client: AsyncClient, keys: Keys) -> Decider:
    """A reviewer."""
    return Decider(client, keys)


async def _decisions(database: Database, proposal: Proposal, workspace: str) -> list[Decision]:
    async with database.transaction(workspace) as connection:
        return await reviews.list_decisions(connection, workspace, proposal.id)


async def test_an_approval_is_kept_and_told(
    decider: Decider, rows: Rows, delivery: RecordingDelivery, database: Database
) -> None:
    proposal = await rows.proposal()

    answer = await decider.post(proposal)

    assert answer.status_code == 202
    assert answer.json()["status"] == "pending"
    (kept,) = await _decisions(database, proposal, rows.workspace)
    assert str(kept.id) == answer.json()["decision_id"]
    assert delivery.decided == [(rows.workspace, proposal.intervention_id, proposal.id, kept.id)]


async def test_decision_outbox_and_audit_are_written_together(
    decider: Decider, rows: Rows, database: Database, workspace: str
) -> None:
    proposal = await rows.proposal()

    decision_id = (await decider.post(proposal)).json()["decision_id"]

    async with database.transaction(workspace) as connection:
        entries = await audit.list_audit(
            connection, rows.workspace, subject=f"proposal/{proposal.id}"
        )
        waiting = await fetch_all(
            connection,
            "SELECT dedupe_key FROM outbox WHERE workspace = %(w)s AND topic = 'signal'",
            {"w": rows.workspace},
        )
    assert [(entry.actor, entry.action) for entry in entries] == [("reviewer", "decision_made")]
    assert waiting == [{"dedupe_key": decision_id}]


@pytest.mark.parametrize("verdict", ["reject", "request_changes"])
async def test_a_refusal_needs_a_reason(decider: Decider, rows: Rows, verdict: str) -> None:
    proposal = await rows.proposal()

    without = await decider.post(proposal, verdict=verdict)
    blank = await decider.post(proposal, verdict=verdict, comment="  \u200b ")
    with_reason = await decider.post(proposal, verdict=verdict, comment="Too vague.")

    assert (without.status_code, blank.status_code, with_reason.status_code) == (422, 422, 202)
    assert without.json()["errors"][0]["field"] == "comment"


async def test_stale_content_is_refused_and_recorded(
    decider: Decider, rows: Rows, database: Database, delivery: RecordingDelivery
) -> None:
    proposal = await rows.proposal()

    answer = await decider.post(proposal, content_hash="0" * 64)

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:learning-loop:problem:stale_content"
    (kept,) = await _decisions(database, proposal, rows.workspace)
    assert (kept.effect, kept.reason) == (DecisionEffect.IGNORED, IgnoredBecause.STALE_CONTENT)
    assert delivery.decided == []


@pytest.mark.parametrize(
    "status", [ProposalStatus.PARKED, ProposalStatus.REJECTED, ProposalStatus.CHANGES_REQUESTED]
)
async def test_a_closed_review_is_refused_and_recorded(
    decider: Decider, rows: Rows, database: Database, status: ProposalStatus
) -> None:
    proposal = await rows.proposal()
    await rows.move(proposal.id, status)

    answer = await decider.post(proposal)

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:learning-loop:problem:review_closed"
    (kept,) = await _decisions(database, proposal, rows.workspace)
    assert kept.reason is IgnoredBecause.REVIEW_CLOSED


async def test_a_review_that_is_not_open_yet_is_refused(decider: Decider, rows: Rows) -> None:
    proposal = await rows.proposal(review=False)

    answer = await decider.post(proposal)

    assert answer.status_code == 409


@pytest.mark.parametrize("role", [ApiRole.INTEGRATION, ApiRole.AGENT])
async def test_a_machine_may_not_decide_and_its_try_is_recorded(
    client: AsyncClient, keys: Keys, rows: Rows, database: Database, role: ApiRole, workspace: str
) -> None:
    proposal = await rows.proposal()

    answer = await Decider(client, keys, role).post(proposal)

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:learning-loop:problem:not_allowed"
    (kept,) = await _decisions(database, proposal, rows.workspace)
    assert (kept.by, kept.reason) == (role.value, IgnoredBecause.NOT_ALLOWED)
    async with database.transaction(workspace) as connection:
        entries = await audit.list_audit(
            connection, rows.workspace, subject=f"proposal/{proposal.id}"
        )
    assert [entry.action for entry in entries] == ["decision_refused"]


async def test_one_person_approves_once(
    decider: Decider, rows: Rows, database: Database, workspace: str
) -> None:
    proposal = await rows.proposal(adding(kind=ItemKind.POLICY), approvals=2)
    await decider.post(proposal)
    (first,) = await _decisions(database, proposal, rows.workspace)
    async with database.transaction(workspace) as connection:
        await reviews.settle_decision(
            connection, rows.workspace, first.id, Ruling(effect=DecisionEffect.COUNTED)
        )

    again = await decider.post(proposal)

    assert again.status_code == 409
    assert again.json()["type"] == "urn:learning-loop:problem:already_approved_by_this_person"


async def test_a_retried_click_is_one_decision(
    decider: Decider, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal()

    first = await decider.post(proposal, key="click-1")
    again = await decider.post(proposal, key="click-1")

    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json() == again.json()
    assert len(await _decisions(database, proposal, rows.workspace)) == 1


async def test_a_key_used_for_another_decision_is_a_conflict(decider: Decider, rows: Rows) -> None:
    proposal = await rows.proposal()
    await decider.post(proposal, key="click-1")

    answer = await decider.post(proposal, key="click-1", verdict="reject", comment="No.")

    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:learning-loop:problem:idempotency_conflict"


async def test_two_people_may_use_the_same_key(
    client: AsyncClient, keys: Keys, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal(approvals=2)

    await Decider(client, keys, ApiRole.REVIEWER).post(proposal, key="1")
    await Decider(client, keys, ApiRole.LEAD).post(proposal, key="1")

    assert len(await _decisions(database, proposal, rows.workspace)) == 2


async def test_a_refused_click_that_is_retried_stays_refused(
    decider: Decider, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal()

    first = await decider.post(proposal, key="k", content_hash="0" * 64)
    again = await decider.post(proposal, key="k", content_hash="0" * 64)

    assert (first.status_code, again.status_code) == (409, 409)
    assert len(await _decisions(database, proposal, rows.workspace)) == 1


async def test_an_edit_of_the_content_is_kept(
    decider: Decider, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal()
    edit = adding("Refunds take 6 days.")

    answer = await decider.post(proposal, edited_change=edit.model_dump(mode="json"))

    assert answer.status_code == 202
    (kept,) = await _decisions(database, proposal, rows.workspace)
    assert kept.edited_change == edit


async def test_an_edit_that_changes_nothing_is_a_plain_approval(
    decider: Decider, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal()

    await decider.post(proposal, edited_change=proposal.change.model_dump(mode="json"))

    (kept,) = await _decisions(database, proposal, rows.workspace)
    assert kept.edited_change is None


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
    kept = await _decisions(database, proposal, rows.workspace)
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
    assert await _decisions(database, proposal, rows.workspace) == []
    assert (await post("Write to support@company.example.")).status_code == 202


async def test_personal_data_in_the_draft_is_named_and_not_approved(
    decider: Decider, rows: Rows, database: Database, delivery: RecordingDelivery
) -> None:
    proposal = await rows.proposal(change=adding("Write to jane.roe@example.com."))

    refused = await decider.post(proposal)

    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:learning-loop:problem:personal_data"
    assert [error["field"] for error in refused.json()["errors"]] == ["content.answer"]
    (kept,) = await _decisions(database, proposal, rows.workspace)
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


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"verdict": "yes"}, "verdict"),
        ({"verdict": None}, "verdict"),
        ({"content_hash": 5}, "content_hash"),
        ({"content_hash": ""}, "content_hash"),
        ({"by": "ana"}, "by"),
        ({"comment": "x" * 20_001}, "comment"),
    ],
)
async def test_a_wrong_field_is_named(
    decider: Decider, rows: Rows, fields: dict[str, Any], field: str
) -> None:
    proposal = await rows.proposal()

    answer = await decider.post(proposal, **fields)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


async def test_another_workspaces_proposal_is_unknown(
    client: AsyncClient, rows: Rows, database: Database, database_url: str
) -> None:
    other = await make_keys(database_url, f"w-{uuid4().hex[:12]}")
    proposal = await rows.proposal()

    answer = await Decider(client, other, ApiRole.ADMIN).post(proposal)

    assert answer.status_code == 404
    assert await _decisions(database, proposal, rows.workspace) == []


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


def test_a_name_and_a_key_are_not_another_name_with_another_key() -> None:
    one, other = (Principal(workspace="w", name=name, role=ApiRole.LEAD) for name in ("a", "a/b"))
    proposal = uuid4()
    assert decision_id_of(one, proposal, "b/c") != decision_id_of(other, proposal, "c")
