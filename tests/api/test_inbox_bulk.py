"""What is done with several proposals of the inbox at once, and what a snooze hides."""

from datetime import UTC, datetime, timedelta

import pytest
from httpx2 import AsyncClient

from domain.identity import ApiRole
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import RejectionReason
from store.database import Database
from tests.api.browser import Person, signed_in, text_of, titles
from tests.api.conftest import Keys
from tests.api.deciding import decisions_of
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows


@pytest.fixture
async def lead(client: AsyncClient, keys: Keys) -> Person:
    """A lead who has signed in."""
    return await signed_in(client, keys.of[ApiRole.LEAD])


async def post_bulk(person: Person, act: str, *picked: Proposal, **fields: str) -> tuple[int, str]:
    """Select rows as the page shows them and press a button; return what the page says then."""
    page = await person.get("/?status=in_review")
    picks = {f"pick_{p.id}": p.content_hash for p in picked}
    answer = await person.post("/inbox/bulk", page, act=act, **picks, **fields)
    return answer.status_code, text_of(answer)


async def test_several_are_rejected_for_one_reason(
    reviewer: Person, rows: Rows, database: Database, delivery: RecordingDelivery
) -> None:
    one, two, left = [await rows.proposal() for _ in range(3)]

    status, said = await post_bulk(
        reviewer, "reject", one, two, rejection_reason="wrong", comment="Out of date."
    )

    assert (status, "2 rejected." in said) == (200, True)
    for proposal in (one, two):
        (decision,) = await decisions_of(database, proposal, rows.workspace)
        assert decision.rejection_reason is RejectionReason.WRONG
        assert decision.comment == "Out of date."
    assert await decisions_of(database, left, rows.workspace) == []
    assert len(delivery.decided) == 2


async def test_what_has_changed_meanwhile_is_refused_by_name(
    reviewer: Person, rows: Rows, database: Database
) -> None:
    one, changed = await rows.proposal(title="Seats"), await rows.proposal(title="Luggage <b>")
    stale = changed.model_copy(update={"content_hash": "of before"})

    status, said = await post_bulk(
        reviewer, "reject", one, stale, rejection_reason="wrong", comment="Out of date."
    )

    assert status == 200
    assert "1 of 2 rejected." in said
    assert "Luggage <b> : The proposal has changed since it was read" in said
    (refused,) = await decisions_of(database, changed, rows.workspace)
    assert refused.reason == "stale_content"


@pytest.mark.parametrize("act", ["claim", "snooze", "assign"])
async def test_no_act_takes_effect_on_what_has_changed(
    lead: Person, rows: Rows, delivery: RecordingDelivery, act: str
) -> None:
    proposal = await rows.proposal()
    stale = proposal.model_copy(update={"content_hash": "of before"})

    _, said = await post_bulk(lead, act, stale, assignee="lead", choice="hour")

    assert "0 of 1" in said
    assert delivery.commanded == []
    assert len(titles((await lead.get("/?status=in_review")).text)) == 1


async def test_a_bulk_rejection_sent_twice_is_the_same_decisions(
    reviewer: Person, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get("/?status=in_review")
    fields = {f"pick_{proposal.id}": proposal.content_hash, "act": "reject"}
    for _ in range(2):
        await reviewer.post(
            "/inbox/bulk", page, **fields, rejection_reason="wrong", comment="Out of date."
        )

    assert len(await decisions_of(database, proposal, rows.workspace)) == 1


@pytest.mark.parametrize(
    ("act", "fields", "said"),
    [
        ("reject", {"rejection_reason": "wrong"}, "Comment: say why"),
        ("reject", {"comment": "Because."}, "Rejection reason: choose one reason"),
        ("reject", {"comment": "Because.", "rejection_reason": "mood"}, "Rejection reason"),
        ("snooze", {}, "Choice: choose until when"),
        ("snooze", {"choice": "date", "day": "2001-01-01"}, "must lie in the future"),
        ("assign", {}, "Assignee: choose somebody"),
        ("approve", {}, "Act: choose what to do"),
    ],
)
async def test_what_all_of_them_lack_is_said_once(
    lead: Person, rows: Rows, database: Database, act: str, fields: dict[str, str], said: str
) -> None:
    proposal = await rows.proposal()

    status, shown = await post_bulk(lead, act, proposal, **fields)

    assert status == 422
    assert said in shown
    assert await decisions_of(database, proposal, rows.workspace) == []


async def test_nothing_selected_is_said(reviewer: Person, rows: Rows) -> None:
    await rows.proposal()

    status, said = await post_bulk(reviewer, "claim")

    assert (status, "choose at least one" in said) == (422, True)


async def test_several_are_taken_and_given_to_somebody(
    lead: Person, rows: Rows, delivery: RecordingDelivery
) -> None:
    proposals = [await rows.proposal() for _ in range(2)]

    _, taken = await post_bulk(lead, "claim", *proposals)
    _, given = await post_bulk(lead, "assign", *proposals, assignee="reviewer")

    assert "2 taken by you." in taken
    assert "2 given to reviewer." in given
    assert len(titles((await lead.get("/?assignee=reviewer")).text)) == 2


async def test_a_reviewer_gives_nothing_to_others(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal()

    _, said = await post_bulk(reviewer, "assign", proposal, assignee="lead")

    assert "0 of 1 given" in said
    assert "only a lead or an admin may assign" in said


async def test_several_are_snoozed_and_brought_back(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal()

    _, said = await post_bulk(reviewer, "snooze", proposal, choice="tomorrow", zone="Asia/Tokyo")
    assert "1 snoozed." in said
    assert titles((await reviewer.get("/?status=in_review")).text) == []
    snoozed = await reviewer.get("/?snoozed=only")
    assert len(titles(snoozed.text)) == 1
    assert "Bring them back" in snoozed.text

    await post_bulk(reviewer, "wake", proposal)
    assert len(titles((await reviewer.get("/?status=in_review")).text)) == 1


async def test_a_snooze_on_the_page_says_that_the_deadline_goes_on(
    reviewer: Person, rows: Rows
) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}")

    answer = await reviewer.post(f"/proposals/{proposal.id}/snooze", page, choice="hour")
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/proposals/{proposal.id}#snooze",
    )
    shown = await reviewer.get(f"/proposals/{proposal.id}")
    assert "Its deadline goes on" in text_of(shown)

    await reviewer.post(f"/proposals/{proposal.id}/wake", shown)
    assert len(titles((await reviewer.get("/")).text)) == 1


async def test_a_snooze_until_no_day_is_told(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}")

    answer = await reviewer.post(
        f"/proposals/{proposal.id}/snooze", page, choice="date", day="some", zone="No/where"
    )

    assert answer.status_code == 422
    assert "choose a day" in text_of(answer)


async def test_a_snooze_by_the_api(client: AsyncClient, keys: Keys, rows: Rows) -> None:
    proposal = await rows.proposal()
    url, header = f"/v1/proposals/{proposal.id}/snooze", keys.header()
    until = datetime.now(UTC) + timedelta(days=1)

    answer = await client.post(url, json={"until": until.isoformat()}, headers=header)
    assert answer.status_code == 200
    awake = await client.get("/v1/proposals?snoozed=hidden", headers=header)
    assert awake.json()["items"] == []
    (entry,) = (await client.get("/v1/proposals", headers=header)).json()["items"]
    assert datetime.fromisoformat(entry["snoozed_until"]) == until

    assert (await client.delete(url, headers=header)).status_code == 204
    awake = await client.get("/v1/proposals?snoozed=hidden", headers=header)
    assert len(awake.json()["items"]) == 1


@pytest.mark.parametrize("days", [-1, 400])
async def test_a_snooze_that_is_over_or_too_long_is_refused(
    client: AsyncClient, keys: Keys, rows: Rows, days: int
) -> None:
    proposal = await rows.proposal()
    until = datetime.now(UTC) + timedelta(days=days)

    answer = await client.post(
        f"/v1/proposals/{proposal.id}/snooze",
        json={"until": until.isoformat()},
        headers=keys.header(),
    )

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "until")


async def test_what_is_decided_cannot_be_snoozed(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    proposal = await rows.proposal()
    await rows.move(proposal.id, ProposalStatus.REJECTED)
    until = datetime.now(UTC) + timedelta(days=1)

    answer = await client.post(
        f"/v1/proposals/{proposal.id}/snooze",
        json={"until": until.isoformat()},
        headers=keys.header(),
    )

    assert answer.status_code == 409
