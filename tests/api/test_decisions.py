"""Decisions: what each does, what is refused and recorded, and that a retry is one decision."""

from typing import Any
from uuid import uuid4

import pytest
from httpx2 import AsyncClient

from api.services.decisions import decision_id_of
from domain.identity import ApiRole, Principal
from domain.knowledge import ItemKind
from domain.proposals import ProposalStatus
from domain.reviews import (
    DecisionEffect,
    IgnoredBecause,
    Ruling,
)
from store import audit, reviews
from store.database import Database, fetch_all
from tests.api.conftest import Keys, make_keys
from tests.api.deciding import Decider, decisions_of
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows, adding


@pytest.fixture
def decider(client: AsyncClient, keys: Keys) -> Decider:
    """A reviewer."""
    return Decider(client, keys)


async def test_an_approval_is_kept_and_told(
    decider: Decider, rows: Rows, delivery: RecordingDelivery, database: Database
) -> None:
    proposal = await rows.proposal()

    answer = await decider.post(proposal)

    assert answer.status_code == 202
    assert answer.json()["status"] == "pending"
    (kept,) = await decisions_of(database, proposal, rows.workspace)
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
    (kept,) = await decisions_of(database, proposal, rows.workspace)
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
    (kept,) = await decisions_of(database, proposal, rows.workspace)
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
    (kept,) = await decisions_of(database, proposal, rows.workspace)
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
    (first,) = await decisions_of(database, proposal, rows.workspace)
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
    assert len(await decisions_of(database, proposal, rows.workspace)) == 1


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

    assert len(await decisions_of(database, proposal, rows.workspace)) == 2


async def test_a_refused_click_that_is_retried_stays_refused(
    decider: Decider, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal()

    first = await decider.post(proposal, key="k", content_hash="0" * 64)
    again = await decider.post(proposal, key="k", content_hash="0" * 64)

    assert (first.status_code, again.status_code) == (409, 409)
    assert len(await decisions_of(database, proposal, rows.workspace)) == 1


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
    assert await decisions_of(database, proposal, rows.workspace) == []


def test_a_name_and_a_key_are_not_another_name_with_another_key() -> None:
    one, other = (Principal(workspace="w", name=name, role=ApiRole.LEAD) for name in ("a", "a/b"))
    proposal = uuid4()
    assert decision_id_of(one, proposal, "b/c") != decision_id_of(other, proposal, "c")


@pytest.mark.parametrize(("given", "kept"), [("unsafe", "unsafe"), (None, "other")])
async def test_a_rejection_keeps_its_reason_by_name(
    decider: Decider, rows: Rows, database: Database, given: str | None, kept: str
) -> None:
    proposal = await rows.proposal()
    named = {"rejection_reason": given} if given else {}

    await decider.post(proposal, verdict="reject", comment="No.", **named)

    [decision] = await decisions_of(database, proposal, rows.workspace)
    assert decision.rejection_reason == kept


async def test_only_a_rejection_names_a_reason(decider: Decider, rows: Rows) -> None:
    answer = await decider.post(await rows.proposal(), rejection_reason="wrong")
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "rejection_reason"


async def test_a_repeated_click_with_another_reason_is_another_decision(
    decider: Decider, rows: Rows
) -> None:
    proposal = await rows.proposal()
    said = {"key": "click-2", "verdict": "reject", "comment": "No."}
    first = await decider.post(proposal, **said, rejection_reason="wrong")
    again = await decider.post(proposal, **said, rejection_reason="wrong")
    other = await decider.post(proposal, **said, rejection_reason="unclear")
    assert first.json() == again.json()
    assert other.status_code == 409


async def test_rejections_are_counted_by_their_reason(
    client: AsyncClient, keys: Keys, rows: Rows, database: Database, workspace: str
) -> None:
    proposal = await rows.proposal()
    decider = Decider(client, keys)
    await decider.post(proposal, verdict="reject", comment="No.", rejection_reason="not_general")
    [kept] = await decisions_of(database, proposal, workspace)
    async with database.transaction(workspace) as connection:
        ruling = Ruling(effect=DecisionEffect.REJECTED)
        await reviews.settle_decision(connection, workspace, kept.id, ruling)

    found = await client.get("/v1/metrics/learning", headers=decider.header)

    assert found.json()["rejections"] == {"not_general": 1}
