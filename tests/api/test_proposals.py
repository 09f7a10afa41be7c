"""The inbox and one proposal, and the commands of its review."""

from uuid import uuid4

import pytest
from httpx2 import AsyncClient

from domain.identity import ApiRole
from domain.knowledge import ItemKind, Operation
from domain.proposals import ProposalStatus
from domain.reviews import CommandKind
from store import audit, reviews
from store.database import Database, fetch_all
from store.keys import list_keys, revoke_key
from tests.api.conftest import Keys, make_keys
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows, adding, revising

URL = "/v1/proposals"


async def test_the_inbox_lists_what_waits(client: AsyncClient, keys: Keys, rows: Rows) -> None:
    waiting = await rows.proposal()
    parked = await rows.proposal()
    await rows.move(parked.id, ProposalStatus.PARKED)

    answer = await client.get(f"{URL}?status=in_review&kind=&assignee=", headers=keys.header())

    (entry,) = answer.json()["items"]
    assert entry["id"] == str(waiting.id)
    assert entry["content_hash"] == waiting.content_hash
    assert entry["candidates"] == "reviewer"
    assert entry["due_at"]


async def test_the_inbox_filters_by_kind_and_assignee(
    client: AsyncClient, keys: Keys, rows: Rows, database: Database, workspace: str
) -> None:
    policy = await rows.proposal(adding(kind=ItemKind.POLICY))
    mine = await rows.proposal()
    async with database.transaction(workspace) as connection:
        await reviews.set_assignee(connection, rows.workspace, mine.id, "dana")

    of_kind = await client.get(f"{URL}?kind=policy", headers=keys.header())
    of_dana = await client.get(f"{URL}?assignee=dana", headers=keys.header())

    assert [entry["id"] for entry in of_kind.json()["items"]] == [str(policy.id)]
    assert [entry["id"] for entry in of_dana.json()["items"]] == [str(mine.id)]


async def test_the_inbox_is_paged(client: AsyncClient, keys: Keys, rows: Rows) -> None:
    ids = {str((await rows.proposal()).id) for _ in range(3)}

    first = (await client.get(f"{URL}?limit=2", headers=keys.header())).json()
    second = (
        await client.get(f"{URL}?limit=2&cursor={first['next_cursor']}", headers=keys.header())
    ).json()

    shown = [entry["id"] for entry in (*first["items"], *second["items"])]
    assert len(shown) == 3
    assert set(shown) == ids
    assert second["next_cursor"] is None


@pytest.mark.parametrize("cursor", ["%00", "e30", "W10", "WzEsMl0", "a" * 501, "Wy0xLCJ4Il0"])
async def test_a_cursor_that_is_not_ours_is_refused(
    client: AsyncClient, keys: Keys, cursor: str
) -> None:
    answer = await client.get(f"{URL}?cursor={cursor}", headers=keys.header())

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "cursor"


async def test_one_proposal_shows_all_that_a_decision_needs(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    proposal = await rows.proposal(revising(item_id, "Refunds take 7 days."))

    body = (await client.get(f"{URL}/{proposal.id}", headers=keys.header())).json()

    assert body["content_hash"] == proposal.content_hash
    assert body["current"]["revision"] == 1
    assert body["current"]["base_moved"] is False
    assert body["base_content"]["answer"] == "Refunds take 5 days."
    (changed,) = [field for field in body["diff"] if field["changed"]]
    assert changed["segments"] == [
        {"edit": "keep", "text": "Refunds take "},
        {"edit": "delete", "text": "5"},
        {"edit": "insert", "text": "7"},
        {"edit": "keep", "text": " days."},
    ]
    assert body["evidence"][0]["finding"]["quotes"]
    assert body["verification"]["cases"][0]["effect"] == "fixed"
    assert (body["approvals_needed"], body["approvals"], body["decisions"]) == (1, [], [])
    assert body["next_step"]["kind"] == "remind"
    assert [draft["draft"] for draft in body["drafts"]] == [1]
    assert str(proposal.intervention_id) in body["workflow_url"]


async def test_a_moved_base_is_said(client: AsyncClient, keys: Keys, rows: Rows) -> None:
    item_id, _ = await rows.item()
    proposal = await rows.proposal(revising(item_id, "Refunds take 7 days."))
    await rows.item(revising(item_id, "Refunds take 9 days."))

    body = (await client.get(f"{URL}/{proposal.id}", headers=keys.header())).json()

    assert body["current"]["base_moved"] is True
    assert body["base_content"]["answer"] == "Refunds take 5 days."


async def test_a_retirement_has_no_diff(client: AsyncClient, keys: Keys, rows: Rows) -> None:
    item_id, _ = await rows.item()
    change = revising(item_id, "Refunds take 5 days.").model_copy(
        update={"operation": Operation.RETIRE}
    )
    proposal = await rows.proposal(change)

    body = (await client.get(f"{URL}/{proposal.id}", headers=keys.header())).json()

    assert body["diff"] == []


async def test_a_malformed_id_is_refused(client: AsyncClient, keys: Keys) -> None:
    answer = await client.get(f"{URL}/not-an-id", headers=keys.header())

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "proposal_id", "message": "must be a UUID"}]


@pytest.mark.parametrize(
    ("method", "rest", "body"),
    [
        ("GET", "", None),
        ("POST", "/claim", None),
        ("POST", "/release", None),
        ("POST", "/assign", {"assignee": "lead"}),
        ("POST", "/reopen", None),
        ("POST", "/comments", {"body": "Hello"}),
    ],
)
async def test_another_workspaces_proposal_is_unknown(
    client: AsyncClient,
    rows: Rows,
    database_url: str,
    method: str,
    rest: str,
    body: dict[str, str] | None,
) -> None:
    other = await make_keys(database_url, f"w-{uuid4().hex[:12]}")
    proposal = await rows.proposal()

    answer = await client.request(
        method, f"{URL}/{proposal.id}{rest}", json=body, headers=other.header(ApiRole.ADMIN)
    )

    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:learning-loop:problem:not_found"


async def test_a_claim_is_kept_told_and_answered_with_the_review(
    client: AsyncClient,
    keys: Keys,
    rows: Rows,
    delivery: RecordingDelivery,
    database: Database,
    workspace: str,
) -> None:
    proposal = await rows.proposal()

    answer = await client.post(f"{URL}/{proposal.id}/claim", headers=keys.header())

    assert answer.status_code == 200
    body = answer.json()
    assert (body["status"], body["review"]["assignee"]) == ("done", "reviewer")
    assert [kind for _, kind in delivery.commanded] == [CommandKind.CLAIM]
    async with database.transaction(workspace) as connection:
        entries = await audit.list_audit(
            connection, rows.workspace, subject=f"proposal/{proposal.id}"
        )
        waiting = await fetch_all(
            connection,
            "SELECT dedupe_key FROM outbox WHERE workspace = %(w)s AND topic = 'signal'",
            {"w": rows.workspace},
        )
    assert [entry.action for entry in entries] == ["review_claim_asked"]
    assert waiting == [{"dedupe_key": body["command_id"]}]


async def test_a_command_that_nobody_takes_up_is_pending(
    client: AsyncClient, keys: Keys, rows: Rows, delivery: RecordingDelivery
) -> None:
    delivery.settles = False
    proposal = await rows.proposal()

    answer = await client.post(f"{URL}/{proposal.id}/claim", headers=keys.header())

    assert answer.status_code == 202
    assert answer.json()["status"] == "pending"


async def test_a_command_that_the_workflow_refuses_is_a_conflict(
    client: AsyncClient, keys: Keys, rows: Rows, delivery: RecordingDelivery
) -> None:
    delivery.refuses_with = "somebody else has claimed it"
    proposal = await rows.proposal()

    answer = await client.post(f"{URL}/{proposal.id}/claim", headers=keys.header())

    assert answer.status_code == 409
    assert answer.json()["detail"] == "somebody else has claimed it."


async def test_what_another_has_claimed_cannot_be_claimed_or_released(
    client: AsyncClient,
    keys: Keys,
    rows: Rows,
    database: Database,
    delivery: RecordingDelivery,
    workspace: str,
) -> None:
    proposal = await rows.proposal()
    async with database.transaction(workspace) as connection:
        await reviews.set_assignee(connection, rows.workspace, proposal.id, "dana")

    claim = await client.post(f"{URL}/{proposal.id}/claim", headers=keys.header())
    release = await client.post(f"{URL}/{proposal.id}/release", headers=keys.header())
    by_lead = await client.post(f"{URL}/{proposal.id}/release", headers=keys.header(ApiRole.LEAD))

    assert (claim.status_code, release.status_code, by_lead.status_code) == (409, 403, 200)
    assert by_lead.json()["review"]["assignee"] is None
    assert [kind for _, kind in delivery.commanded] == [CommandKind.RELEASE]


async def test_a_refused_command_is_recorded(
    client: AsyncClient, keys: Keys, rows: Rows, database: Database, workspace: str
) -> None:
    proposal = await rows.proposal()

    await client.post(f"{URL}/{proposal.id}/release", headers=keys.header())

    async with database.transaction(workspace) as connection:
        (entry,) = await audit.list_audit(
            connection, rows.workspace, subject=f"proposal/{proposal.id}"
        )
    assert entry.action == "review_release_refused"
    assert entry.details["reason"]


async def test_a_lead_assigns_whoever_may_decide(
    client: AsyncClient, keys: Keys, rows: Rows, database: Database, workspace: str
) -> None:
    proposal = await rows.proposal()
    lead = keys.header(ApiRole.LEAD)

    async def assign(name: str) -> int:
        answer = await client.post(
            f"{URL}/{proposal.id}/assign", json={"assignee": name}, headers=lead
        )
        return answer.status_code

    assert await assign("Reviewer") == 200
    assert await assign("nobody we know") == 422
    assert await assign("integration") == 422
    async with database.transaction(workspace) as connection:
        record = next(
            key
            for key in await list_keys(connection, rows.workspace)
            if key.role is ApiRole.REVIEWER
        )
        await revoke_key(connection, rows.workspace, record.id)
    assert await assign("reviewer") == 422


async def test_only_what_is_parked_can_be_reopened(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    proposal = await rows.proposal()
    lead = keys.header(ApiRole.LEAD)

    waiting = await client.post(f"{URL}/{proposal.id}/reopen", headers=lead)
    await rows.move(proposal.id, ProposalStatus.PARKED)
    parked = await client.post(f"{URL}/{proposal.id}/reopen", headers=lead)

    assert (waiting.status_code, parked.status_code) == (409, 200)


async def test_nothing_can_be_claimed_before_its_review_is_open(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    proposal = await rows.proposal(review=False)

    answer = await client.post(f"{URL}/{proposal.id}/claim", headers=keys.header())

    assert answer.status_code == 409


async def test_a_comment_is_kept(client: AsyncClient, keys: Keys, rows: Rows) -> None:
    proposal = await rows.proposal()
    path = f"{URL}/{proposal.id}"

    answer = await client.post(
        f"{path}/comments", json={"body": "Legal agrees."}, headers=keys.header()
    )
    empty = await client.post(f"{path}/comments", json={"body": " "}, headers=keys.header())

    assert (answer.status_code, empty.status_code) == (201, 422)
    body = (await client.get(path, headers=keys.header())).json()
    assert [(c["by"], c["body"]) for c in body["comments"]] == [("reviewer", "Legal agrees.")]
