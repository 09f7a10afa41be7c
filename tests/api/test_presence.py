"""Who else is looking at this one."""

from collections.abc import AsyncGenerator

import pytest
from fastapi import FastAPI

from api.pages.presence import others_looking
from domain.identity import ApiRole, Principal
from store.presence import touch_presence
from tests.api.browser import Person, signed_in, text_of
from tests.api.conftest import Keys, client_of
from tests.api.rows import Rows


@pytest.fixture
async def lead(app: FastAPI, keys: Keys) -> AsyncGenerator[Person]:
    """A lead at a browser of their own."""
    async with client_of(app) as client:
        yield await signed_in(client, keys.of[ApiRole.LEAD])


async def test_a_page_names_who_else_has_it_open(
    reviewer: Person, lead: Person, rows: Rows
) -> None:
    path = f"/proposals/{(await rows.proposal()).id}"

    alone = text_of(await reviewer.get(path))
    second = text_of(await lead.get(path))
    together = text_of(await reviewer.get(path))

    assert "looking at this" not in alone
    assert "reviewer is looking at this, too." in second
    assert "lead is looking at this, too." in together


async def test_whoever_closed_the_page_is_not_named(
    reviewer: Person, lead: Person, rows: Rows
) -> None:
    path = f"/proposals/{(await rows.proposal()).id}"
    left = await reviewer.post(f"{path}/left", await reviewer.get(path))

    assert left.status_code == 204
    assert "looking at this" not in text_of(await lead.get(path))


async def test_a_script_keeps_a_page_open_and_learns_who_came(
    reviewer: Person, lead: Person, rows: Rows
) -> None:
    path = f"/proposals/{(await rows.proposal()).id}"
    page = await reviewer.get(path)
    await lead.get(path)

    part = await reviewer.post(f"{path}/looking", page)

    assert text_of(part) == "lead is looking at this, too."


async def test_a_touch_without_the_pages_token_is_refused(reviewer: Person, rows: Rows) -> None:
    path = f"/proposals/{(await rows.proposal()).id}"
    for name in ("looking", "left"):
        answer = await reviewer.client.post(f"{path}/{name}")
        assert answer.status_code == 403


async def test_one_person_under_two_spellings_is_not_somebody_else(rows: Rows) -> None:
    proposal = await rows.proposal()
    dana = Principal(workspace=rows.workspace, name="Dana", role=ApiRole.REVIEWER)
    async with rows.database.transaction(rows.workspace) as connection:
        for name in ("dana ", "lee"):
            await touch_presence(connection, rows.workspace, proposal.id, name, seconds=60)
        others = await others_looking(connection, rows.workspace, dana, [proposal.id])

    assert others == {proposal.id: ["lee"]}
