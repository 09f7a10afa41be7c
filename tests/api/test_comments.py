"""Comments, and whom they name: by the JSON call and by the page's form."""

import pytest
from httpx2 import AsyncClient

from domain.identity import ApiRole
from store.database import Database
from store.mentions import open_mentions
from tests.api.browser import Person, Tags, signed_in
from tests.api.conftest import Keys
from tests.api.rows import Rows


async def waiting_for(database: Database, workspace: str, person: str) -> list[str]:
    """Return by whom a person is named and has yet to answer."""
    async with database.transaction(workspace) as connection:
        return [m.by for m in await open_mentions(connection, workspace, person)]


async def test_the_answer_says_whom_a_comment_names(
    client: AsyncClient, keys: Keys, rows: Rows, database: Database, workspace: str
) -> None:
    proposal = await rows.proposal()

    answer = await client.post(
        f"/v1/proposals/{proposal.id}/comments",
        json={"body": "@LEAD and @nobody, and @reviewer: see @agent."},
        headers=keys.header(),
    )

    assert answer.status_code == 201
    # Not who wrote it, nor who may not review.
    assert answer.json()["mentions"] == ["lead"]
    assert await waiting_for(database, workspace, "lead") == ["reviewer"]


async def test_a_comment_is_read_with_whom_it_names(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    path = f"/v1/proposals/{(await rows.proposal()).id}"
    await client.post(f"{path}/comments", json={"body": "@admin, @lead?"}, headers=keys.header())

    body = (await client.get(path, headers=keys.header())).json()

    assert [c["mentions"] for c in body["comments"]] == [["admin", "lead"]]


async def test_the_page_marks_whom_a_comment_names(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    path = f"/proposals/{(await rows.proposal()).id}"
    lead = await signed_in(client, keys.of[ApiRole.LEAD])
    page = await lead.get(path)

    await lead.post(f"{path}/comments/add", page, body="@Reviewer, see\nhttps://evil.example/")

    page = await lead.get(path)
    assert '<strong class="mention">@Reviewer</strong>, see\nhttps://evil.example/' in page.text
    assert '<a href="https://evil.example' not in page.text


@pytest.mark.parametrize("evil", ["<img src=x onerror=alert(1)>", "@<b>lead</b>", "@lead<script>"])
async def test_markup_in_a_comment_is_text(reviewer: Person, rows: Rows, evil: str) -> None:
    path = f"/proposals/{(await rows.proposal()).id}"
    page = await reviewer.get(path)
    before = Tags.of(page)

    await reviewer.post(f"{path}/comments/add", page, body=evil)

    after = Tags.of(await reviewer.get(path))
    assert {"img", "b"} & set(after.names) <= {"img", "b"} & set(before.names)
    assert "onerror" not in after.attributes
    assert after.names.count("script") == before.names.count("script")
