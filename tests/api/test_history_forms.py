"""Asking by form for what was: roll back, retire, restore."""

import pytest
from httpx2 import AsyncClient

from domain.change_requests import ChangeRequestKind, ChangeRequestMode
from domain.identity import ApiRole
from domain.knowledge import ItemKind
from store import change_requests
from tests.api.browser import Person, signed_in, text_of
from tests.api.conftest import Keys
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows, adding
from tests.api.stories import a_story, retiring


async def _requests(rows: Rows) -> list[tuple[ChangeRequestKind, ChangeRequestMode, str]]:
    async with rows.database.transaction(rows.workspace) as connection:
        found = await change_requests.list_requests(connection, rows.workspace)
    return [(request.kind, request.mode, request.reason) for request in found]


async def test_bringing_a_revision_back_becomes_a_proposal(
    reviewer: Person, rows: Rows, delivery: RecordingDelivery
) -> None:
    item_id = await a_story(rows)
    page = await reviewer.get(f"/knowledge/{item_id}/compare?from=4&to=1")
    assert "Bring revision 1 back" in text_of(page)
    assert 'name="force"' not in page.text

    answer = await reviewer.post(
        f"/knowledge/{item_id}/rollback", page, to_revision="1", reason="It was right."
    )

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/proposals/")
    proposal = await reviewer.get(answer.headers["location"])
    assert "<del>7</del><ins>5</ins>" in proposal.text
    assert await _requests(rows) == [
        (ChangeRequestKind.ROLLBACK_REVISION, ChangeRequestMode.REVIEWED, "It was right.")
    ]
    assert len(delivery.started) == 1


@pytest.mark.parametrize(
    ("form", "fields", "kind"),
    [
        ("retire", {}, ChangeRequestKind.RETIRE),
        ("rollback", {"to_revision": "1"}, ChangeRequestKind.ROLLBACK_REVISION),
    ],
)
async def test_a_request_without_a_reason_is_shown_again(
    reviewer: Person,
    rows: Rows,
    delivery: RecordingDelivery,
    form: str,
    fields: dict[str, str],
    kind: ChangeRequestKind,
) -> None:
    item_id = await a_story(rows)
    page = await reviewer.get(f"/knowledge/{item_id}")

    answer = await reviewer.post(
        f"/knowledge/{item_id}/{form}", page, **fields, reason=" ", form=form
    )
    again = await reviewer.post(f"/knowledge/{item_id}/{form}", page, **fields, reason="Wrong.")

    assert answer.status_code == 422
    assert "reason must not be empty" in text_of(answer)
    assert again.status_code == 303
    assert [entry[0] for entry in await _requests(rows)] == [kind]


async def test_what_changes_nothing_is_told_on_the_page(reviewer: Person, rows: Rows) -> None:
    item_id = await a_story(rows)
    page = await reviewer.get(f"/knowledge/{item_id}")

    answer = await reviewer.post(
        f"/knowledge/{item_id}/rollback",
        page,
        to_revision="2",
        reason="Kept <b>words</b>.",
        form="rollback",
    )

    assert answer.status_code == 409
    assert "says already what it said at that revision" in text_of(answer)
    assert "Kept &lt;b&gt;words&lt;/b&gt;." in answer.text
    assert await _requests(rows) == []


async def test_a_retired_item_is_restored_by_form(reviewer: Person, rows: Rows) -> None:
    item_id, _ = await rows.item()
    await rows.item(retiring(item_id, "Refunds take 5 days.", 1))
    page = await reviewer.get(f"/knowledge/{item_id}")
    assert f'action="/knowledge/{item_id}/retire"' not in page.text

    answer = await reviewer.post(f"/knowledge/{item_id}/restore", page, reason="Sold again.")

    assert answer.status_code == 303
    assert [entry[0] for entry in await _requests(rows)] == [ChangeRequestKind.RESTORE]


async def test_an_administrator_may_force_a_rollback(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    item_id = await a_story(rows)
    admin = await signed_in(client, keys.of[ApiRole.ADMIN])
    page = await admin.get(f"/knowledge/{item_id}/compare?from=4&to=1")
    assert 'name="force"' in page.text

    answer = await admin.post(
        f"/knowledge/{item_id}/rollback", page, to_revision="1", reason="Now.", force="yes"
    )

    assert (answer.status_code, answer.headers["location"]) == (303, f"/knowledge/{item_id}")
    assert [entry[1] for entry in await _requests(rows)] == [ChangeRequestMode.FORCED]


async def test_a_reviewer_cannot_force_anything(
    reviewer: Person, rows: Rows, delivery: RecordingDelivery
) -> None:
    item_id = await a_story(rows)
    page = await reviewer.get(f"/knowledge/{item_id}/compare?from=4&to=1")

    answer = await reviewer.post(
        f"/knowledge/{item_id}/rollback", page, to_revision="1", reason="Now.", force="yes"
    )

    assert answer.status_code == 403
    assert (await _requests(rows), delivery.started) == ([], [])


async def test_a_whole_release_is_brought_back_by_form(reviewer: Person, rows: Rows) -> None:
    await a_story(rows)
    await rows.item(adding("Shoes come in boxes.", ItemKind.POLICY))
    page = await reviewer.get("/releases/compare?from=5&to=1")
    assert "Bring everything back to release 1…" in text_of(page)

    answer = await reviewer.post("/releases/rollback", page, to_release="1", reason="Bad batch.")
    refused = await reviewer.post("/releases/rollback", page, to_release="5", reason="Bad batch.")

    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Back to release 1: Returns" in text_of(await reviewer.get("/?status=all"))
    assert refused.status_code == 409


@pytest.mark.parametrize("number", ["", "x", "0", "-1", "99999999999", "\u0661"])
async def test_a_number_that_is_none_is_refused(reviewer: Person, rows: Rows, number: str) -> None:
    item_id = await a_story(rows)
    page = await reviewer.get(f"/knowledge/{item_id}")

    answers = [
        await reviewer.post(f"/knowledge/{item_id}/rollback", page, to_revision=number, reason="x"),
        await reviewer.post("/releases/rollback", page, to_release=number, reason="x"),
    ]

    assert [answer.status_code for answer in answers] == [422, 422]
    assert await _requests(rows) == []
