"""Asking for a rollback, a retirement, a restoration or an edit, and what comes back."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient, Response

from activities import wanted_changes
from api.services import change_requests as services
from domain.change_requests import ChangeRequestStatus
from domain.identity import ApiRole
from domain.knowledge import Change, Operation
from domain.proposals import Proposal, ProposalStatus
from store import audit, change_requests, knowledge, publishing, reviews
from store.database import Connection
from tests.api.browser import Person, text_of
from tests.api.conftest import Keys
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows, a_review, adding, revising

WHY = {"reason": "It is wrong on refunds."}
LEAD, ADMIN = ApiRole.LEAD, ApiRole.ADMIN


class Api:
    """Calls as one of the roles."""

    def __init__(self, client: AsyncClient, keys: Keys) -> None:
        """Call with `keys`."""
        self._client, self._keys = client, keys

    async def post(self, path: str, role: ApiRole = ApiRole.REVIEWER, **body: Any) -> Response:
        """Ask for something, with a reason."""
        return await self.send(path, role, {**WHY, **body})

    async def send(self, path: str, role: ApiRole, body: dict[str, Any]) -> Response:
        """Post a body."""
        return await self._client.post(f"/v1/{path}", json=body, headers=self._keys.header(role))

    async def get(self, path: str, role: ApiRole = ApiRole.REVIEWER) -> Any:
        """Return the JSON of an answer."""
        answer = await self._client.get(f"/v1/{path}", headers=self._keys.header(role))
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
def api(client: AsyncClient, keys: Keys) -> Api:
    """The API, as it is called from outside."""
    return Api(client, keys)


def retiring(item_id: UUID, text: str = "One.", base: int = 1) -> Change:
    fields = {"operation": Operation.RETIRE, "item_id": item_id, "base_revision": base}
    return adding(text).model_copy(update=fields)


async def two_revisions(rows: Rows) -> UUID:
    item_id, _ = await rows.item(adding("One."))
    await rows.item(revising(item_id, "Two."))
    return item_id


async def proposed(rows: Rows, answer: Response) -> list[Proposal]:
    assert answer.status_code == 202, answer.text
    return [await rows.read(UUID(line["id"])) for line in answer.json()["proposals"]]


def kind_of(answer: Response) -> str:
    return answer.json()["type"].rpartition(":")[2]


async def test_a_rollback_becomes_a_proposal_and_changes_nothing(
    api: Api, rows: Rows, delivery: RecordingDelivery
) -> None:
    item_id = await two_revisions(rows)
    answer = await api.post(f"knowledge/{item_id}/rollback", to_revision=1)
    [proposal] = await proposed(rows, answer)
    body = answer.json()
    assert proposal.change == revising(item_id, "One.", base=2)
    assert (proposal.status, proposal.rationale) == (ProposalStatus.DRAFTING, WHY["reason"])
    assert proposal.title.startswith("Back to revision 1: ")
    assert body["workflow_id"] == f"change/{rows.workspace}/{body['request_id']}"
    assert delivery.started == [(rows.workspace, UUID(body["request_id"]))]
    async with rows.database.transaction(rows.workspace) as connection:
        assert (await knowledge.get_item(connection, rows.workspace, item_id)).revision == 2


async def test_a_release_is_brought_back_item_by_item(api: Api, rows: Rows) -> None:
    item_id, release = await rows.item(adding("One."))
    await rows.item(revising(item_id, "Two."))
    added, _ = await rows.item(adding("New."))
    answer = await api.post("knowledge/rollback", to_release=release)
    changes = {p.change.item_id: p.change for p in await proposed(rows, answer)}
    assert changes == {
        item_id: revising(item_id, "One.", base=2),
        added: retiring(added, "New."),
    }


async def test_an_item_is_retired_and_restored_by_proposals(api: Api, rows: Rows) -> None:
    item_id, _ = await rows.item(adding("One."))
    [retire] = await proposed(rows, await api.post(f"knowledge/{item_id}/retire"))
    assert retire.change == retiring(item_id)
    await rows.item(retiring(item_id))
    [restore] = await proposed(rows, await api.post(f"knowledge/{item_id}/restore"))
    assert restore.change == revising(item_id, "One.", base=2)


async def test_a_person_proposes_a_change_of_their_own(api: Api, rows: Rows) -> None:
    change = adding("Ask the counter.")
    answer = await api.post("proposals", change=change.model_dump(mode="json"))
    [proposal] = await proposed(rows, answer)
    assert proposal.change == change
    assert (proposal.drafted_by, proposal.gap) == ("reviewer", None)


async def test_a_proposed_retirement_keeps_the_content_that_there_is(api: Api, rows: Rows) -> None:
    item_id, _ = await rows.item(adding("One."))
    lying = retiring(item_id, "Something else.").model_dump(mode="json")
    [proposal] = await proposed(rows, await api.post("proposals", change=lying))
    assert proposal.change == retiring(item_id, "One.")


@pytest.mark.parametrize(
    ("path", "body", "status", "kind"),
    [
        ("knowledge/{item}/rollback", {"to_revision": 2}, 409, "nothing_to_change"),
        ("knowledge/{item}/rollback", {"to_revision": 3}, 404, "not_found"),
        ("knowledge/{item}/rollback", {"to_revision": 0}, 422, "invalid_request"),
        ("knowledge/{item}/rollback", {"to_revision": 2**31}, 422, "invalid_request"),
        ("knowledge/{item}/rollback", {"to_revision": 1, "reason": " "}, 422, "invalid_request"),
        ("knowledge/{item}/restore", {}, 409, "nothing_to_change"),
        ("knowledge/rollback", {"to_release": 2}, 409, "nothing_to_change"),
        ("knowledge/rollback", {"to_release": 9}, 404, "not_found"),
        (f"knowledge/{UUID(int=7)}/retire", {}, 404, "not_found"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_reason(
    api: Api, rows: Rows, path: str, body: dict[str, Any], status: int, kind: str
) -> None:
    item_id = await two_revisions(rows)
    answer = await api.post(path.format(item=item_id), **body)
    assert (answer.status_code, kind_of(answer)) == (status, kind)
    assert (await api.get("change-requests"))["items"] == []


async def test_a_stale_edit_and_one_without_effect_are_refused(api: Api, rows: Rows) -> None:
    item_id = await two_revisions(rows)
    for change, kind in (
        (revising(item_id, "Mine."), "base_moved"),
        (revising(item_id, "Two.", base=2), "nothing_to_change"),
        (retiring(uuid4()), "not_found"),
        (adding("Ask [NAME_1]."), "invalid_request"),
    ):
        answer = await api.post("proposals", change=change.model_dump(mode="json"))
        assert kind_of(answer) == kind


async def test_what_is_asked_for_twice_is_one_request(
    api: Api, rows: Rows, delivery: RecordingDelivery
) -> None:
    item_id = await two_revisions(rows)
    path = f"knowledge/{item_id}/rollback"
    first = (await api.post(path, to_revision=1)).json()
    again = (await api.post(path, to_revision=1, reason="In other words.")).json()
    other = (await api.post(path, LEAD, to_revision=1)).json()
    assert again["request_id"] == first["request_id"]
    assert again["proposals"] == first["proposals"]
    assert other["request_id"] != first["request_id"]


async def test_more_items_than_people_can_review_are_refused(
    api: Api, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wanted_changes, "MAX_PROPOSALS", 1)
    _, release = await rows.item(adding("One."))
    for text in ("Two.", "Three."):
        await rows.item(adding(text))
    answer = await api.post("knowledge/rollback", to_release=release)
    assert (answer.status_code, kind_of(answer)) == (422, "too_many_changes")


@pytest.mark.parametrize("role", [ApiRole.REVIEWER, LEAD])
async def test_only_an_administrator_forces(
    api: Api, rows: Rows, delivery: RecordingDelivery, role: ApiRole
) -> None:
    item_id = await two_revisions(rows)
    one = await api.post(f"knowledge/{item_id}/rollback", role, to_revision=1, force=True)
    all_items = await api.post("knowledge/rollback", role, to_release=1, force=True)
    assert (one.status_code, all_items.status_code) == (403, 403)
    assert delivery.started == []


async def test_what_is_forced_says_why(api: Api, rows: Rows) -> None:
    item_id = await two_revisions(rows)
    path = f"knowledge/{item_id}/rollback"
    answer = await api.post(path, ADMIN, to_revision=1, force=True, reason="")
    assert answer.status_code == 422


class Forcing:
    """Carries out what is forced as the workflow would, when it is started."""

    def __init__(self, rows: Rows, status: ChangeRequestStatus) -> None:
        """End the request so."""
        self._rows, self._status = rows, status

    async def start(self, workspace: str, origin: Any) -> None:
        """Publish, if the request shall be applied."""
        async with self._rows.database.transaction(workspace) as connection:
            if self._status is ChangeRequestStatus.APPLIED:
                await self._publish(connection, workspace, origin.id)
            await change_requests.set_request_status(
                connection, workspace, origin.id, self._status, error_code="knowledge_moved"
            )

    async def _publish(self, connection: Connection, workspace: str, request_id: UUID) -> None:
        request = await change_requests.get_request(connection, workspace, request_id)
        assert request.target.item_id is not None
        await publishing.publish(
            connection,
            workspace,
            revising(request.target.item_id, "One.", base=2),
            passages=[],
            model="words",
            provenance=publishing.Provenance(approved_by=("admin",), request_id=request_id),
        )


async def test_what_is_forced_answers_with_its_releases(
    api: Api, rows: Rows, delivery: RecordingDelivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    item_id = await two_revisions(rows)
    forcing = Forcing(rows, ChangeRequestStatus.APPLIED)
    monkeypatch.setattr(delivery, "start", forcing.start)
    answer = await api.post(f"knowledge/{item_id}/rollback", ADMIN, to_revision=1, force=True)
    assert answer.status_code == 200
    assert (answer.json()["releases"], answer.json()["proposals"]) == ([3], [])


async def test_what_could_not_be_forced_is_a_conflict(
    api: Api, rows: Rows, delivery: RecordingDelivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    item_id = await two_revisions(rows)
    forcing = Forcing(rows, ChangeRequestStatus.FAILED)
    monkeypatch.setattr(delivery, "start", forcing.start)
    answer = await api.post(f"knowledge/{item_id}/rollback", ADMIN, to_revision=1, force=True)
    assert (answer.status_code, kind_of(answer)) == (409, "knowledge_moved")
    assert "Nothing was changed. Look at the knowledge" in answer.json()["detail"]
    assert "ask again" in answer.json()["detail"]


async def test_what_is_forced_while_temporal_is_away_is_kept_as_it_was_asked_for(
    api: Api, rows: Rows
) -> None:
    item_id = await two_revisions(rows)
    path = f"knowledge/{item_id}/rollback"
    answer = await api.post(path, ADMIN, to_revision=1, force=True)
    assert (answer.status_code, answer.json()["status"]) == (202, "received")
    request_id = UUID(answer.json()["request_id"])
    async with rows.database.transaction(rows.workspace) as connection:
        hashes = await change_requests.asked_content_hashes(connection, rows.workspace, request_id)
    assert hashes == {revising(item_id, "One.", base=2).content_hash()}


async def test_a_request_is_audited_with_who_and_why(api: Api, rows: Rows) -> None:
    item_id = await two_revisions(rows)
    posted = (await api.post(f"knowledge/{item_id}/rollback", to_revision=1)).json()
    subject = f"change_request/{posted['request_id']}"
    async with rows.database.transaction(rows.workspace) as connection:
        [entry] = await audit.list_audit(connection, rows.workspace, subject=subject)
    assert (entry.actor, entry.action) == ("reviewer", "change_requested")
    assert (await api.get(f"change-requests/{posted['request_id']}"))["reason"] == WHY["reason"]
    assert entry.details["target"] == {"item_id": str(item_id), "to_revision": 1}
    assert entry.details.keys() == {"kind", "mode", "role", "target", "content_hashes"}


async def test_personal_data_stays_out_of_the_reason(api: Api, rows: Rows) -> None:
    item_id, _ = await rows.item(adding("One."))
    reason = "zeb@example.org complained about it."
    [proposal] = await proposed(rows, await api.post(f"knowledge/{item_id}/retire", reason=reason))
    assert "zeb@example.org" not in proposal.rationale


async def asked_of(api: Api, item_id: UUID, count: int) -> None:
    """Let the agent report answers that rested on the item as it is now."""
    for _ in range(count):
        body = {"query": "How long?", "handled_by": "agent", "items_used": [str(item_id)]}
        answer = await api.send("outcomes", ApiRole.AGENT, body)
        assert answer.status_code == 201


async def test_a_rollback_tells_which_answers_rested_on_what_goes(
    api: Api, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MAX_SERVED", 2)
    item_id, _ = await rows.item(adding("One."))
    await asked_of(api, item_id, 2)
    await rows.item(revising(item_id, "Two."))
    await asked_of(api, item_id, 3)
    body = (await api.post(f"knowledge/{item_id}/rollback", to_revision=1)).json()
    assert body["served_count"] == 3
    assert [served["revision"] for served in body["served"]] == [2, 2]


async def test_all_answers_of_an_item_are_paged(api: Api, rows: Rows) -> None:
    item_id, _ = await rows.item(adding("One."))
    await asked_of(api, item_id, 3)
    await rows.item(revising(item_id, "Two."))
    await asked_of(api, item_id, 1)
    url = f"knowledge/{item_id}/answers?to_revision=1&limit=2"
    first = await api.get(url)
    rest = await api.get(f"{url}&cursor={first['next_cursor']}")
    found = [*first["items"], *rest["items"]]
    assert rest["next_cursor"] is None
    assert len({served["outcome_id"] for served in found}) == 3
    assert {served["revision"] for served in found} == {1}
    newer = await api.get(f"knowledge/{item_id}/answers?from_revision=2")
    assert len(newer["items"]) == 1


async def test_the_reference_agents_answers_count_with_the_revision_that_they_rested_on(
    api: Api, rows: Rows
) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    asked = await api.send("ask", ApiRole.AGENT, {"query": "How long?"})
    used = asked.json()["items_used"]
    assert [entry["item_id"] for entry in used] == [str(item_id)]
    served = await api.get(f"knowledge/{item_id}/answers")
    assert [entry["outcome_id"] for entry in served["items"]] == [asked.json()["outcome_id"]]


async def test_requests_are_listed_newest_first_and_read_one_by_one(api: Api, rows: Rows) -> None:
    ids: list[str] = []
    for _ in range(3):
        item_id, _ = await rows.item(adding("One."))
        ids.append((await api.post(f"knowledge/{item_id}/retire")).json()["request_id"])
    first = await api.get("change-requests?limit=2&status=received")
    rest = await api.get(f"change-requests?limit=2&cursor={first['next_cursor']}")
    assert [r["id"] for r in (*first["items"], *rest["items"])] == ids[::-1]
    assert (await api.get("change-requests?status=applied"))["items"] == []
    one = await api.get(f"change-requests/{ids[0]}")
    assert (one["requested_by"], one["reason"]) == ("reviewer", WHY["reason"])
    assert len(one["proposals"]) == 1
    assert "change%2F" in one["workflow_url"]


async def waiting(api: Api, rows: Rows) -> Proposal:
    """Return a retirement that waits for its review."""
    item_id, _ = await rows.item(adding("One."))
    [proposal] = await proposed(rows, await api.post(f"knowledge/{item_id}/retire", LEAD))
    async with rows.database.transaction(rows.workspace) as connection:
        review = a_review(proposal.id, author="lead")
        await reviews.insert_review(connection, rows.workspace, review)
    await rows.move(proposal.id, ProposalStatus.IN_REVIEW)
    return await rows.read(proposal.id)


async def test_a_decision_is_told_to_the_requests_workflow(
    api: Api, rows: Rows, delivery: RecordingDelivery
) -> None:
    proposal = await waiting(api, rows)
    body = {"verdict": "approve", "content_hash": proposal.content_hash}
    kept = await api.send(f"proposals/{proposal.id}/decisions", ApiRole.REVIEWER, body)
    assert kept.status_code == 202
    decided = (rows.workspace, proposal.request_id, proposal.id)
    assert [decision[:3] for decision in delivery.decided] == [decided]


async def test_the_page_says_who_asked_and_why(api: Api, rows: Rows, reviewer: Person) -> None:
    proposal = await waiting(api, rows)
    page = await reviewer.get(f"/proposals/{proposal.id}")
    said = text_of(page)
    assert page.status_code == 200
    assert "lead asked for it" in said
    assert WHY["reason"] in said
    assert "The conversation" not in said
    assert "Asked for by lead" in said
    assert "asked for" in text_of(await reviewer.get("/"))


async def test_the_page_of_what_is_not_verified_yet_says_so(
    api: Api, rows: Rows, reviewer: Person
) -> None:
    change = adding("Shut on Mondays.").model_dump(mode="json")
    [proposal] = await proposed(rows, await api.post("proposals", change=change))
    page = await reviewer.get(f"/proposals/{proposal.id}")
    assert "Being drafted and verified." in text_of(page)


async def test_the_call_shows_the_request_of_a_proposal(api: Api, rows: Rows) -> None:
    proposal = await waiting(api, rows)
    detail = await api.get(f"proposals/{proposal.id}")
    assert detail["request"]["requested_by"] == "lead"
    assert (detail["intervention_id"], detail["evidence"]) == (None, [])
    assert "change%2F" in detail["workflow_url"]
    listed = await api.get("proposals")
    assert [line["id"] for line in listed["items"]] == [str(proposal.id)]
