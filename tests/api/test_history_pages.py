"""The pages that compare revisions and releases."""

from uuid import uuid4

import pytest

from domain.change_requests import ChangeRequestKind, ChangeRequestMode, NewChangeRequest, Target
from domain.identity import ApiRole
from domain.knowledge import Access, Change, ItemKind, Operation, ToolConnectionContent, ToolSpec
from store import change_requests, publishing
from tests.api.browser import Person, text_of
from tests.api.rows import Rows, adding, revising
from tests.api.stories import a_story


@pytest.mark.parametrize(
    ("start", "end", "diff"),
    [(1, 2, "<del>5</del><ins>7</ins>"), (2, 1, "<del>7</del><ins>5</ins>")],
)
async def test_two_revisions_are_compared_in_either_direction(
    reviewer: Person, rows: Rows, start: int, end: int, diff: str
) -> None:
    item_id = await a_story(rows)

    page = await reviewer.get(f"/knowledge/{item_id}/compare?from={start}&to={end}")

    assert diff in page.text
    assert f"only in revision {start}" in text_of(page)
    assert "To bring one of them back, compare it with the newest: 1 or 2 ." in text_of(page) or (
        "To bring one of them back, compare it with the newest: 2 or 1 ." in text_of(page)
    )


async def test_what_is_the_same_is_said(reviewer: Person, rows: Rows) -> None:
    item_id = await a_story(rows)

    said = text_of(await reviewer.get(f"/knowledge/{item_id}/compare?from=2&to=4"))

    assert "They say the same." in said


async def test_revisions_that_are_none_cannot_be_compared(reviewer: Person, rows: Rows) -> None:
    item_id = await a_story(rows)

    answers = [
        await reviewer.get(f"/knowledge/{item_id}/compare?{query}")
        for query in ("from=1&to=9", "from=0&to=1", "from=1", "from=x&to=1")
    ]

    assert [answer.status_code for answer in answers] == [404, 422, 422, 422]


async def test_tools_are_compared_by_name(reviewer: Person, rows: Rows) -> None:
    def connected(*names: str) -> ToolConnectionContent:
        tools = tuple(
            ToolSpec(
                name=name,
                description="Look up.",
                input_schema={"type": "object"},
                access=Access.READ,
            )
            for name in names
        )
        return ToolConnectionContent(name="Orders", system="oms", tools=tools, purpose="Look up.")

    kind = ItemKind.TOOL_CONNECTION
    added = Change(kind=kind, operation=Operation.ADD, content=connected("get_order", "stay"))
    item_id, _ = await rows.item(added)
    revised = revising(item_id, "x", kind=kind)
    await rows.item(revised.model_copy(update={"content": connected("cancel_order", "stay")}))

    said = text_of(await reviewer.get(f"/knowledge/{item_id}/compare?from=1&to=2"))

    assert "+ new tool cancel_order" in said
    assert "taken away get_order" in said
    assert "Stays as it is" not in said


async def test_releases_are_listed_with_who_and_why(reviewer: Person, rows: Rows) -> None:
    await a_story(rows)

    page = await reviewer.get("/releases")

    said = text_of(page)
    assert "4 Returns ↺ restored article" in said
    assert "imported by dana" in said
    assert 'href="/releases/compare?from=3&amp;to=4"' in page.text
    assert 'href="/knowledge?as_of=4"' in page.text


async def test_what_was_forced_says_so_wherever_it_is_shown(reviewer: Person, rows: Rows) -> None:
    item_id, _ = await rows.item(adding("One."))
    request = NewChangeRequest(
        id=uuid4(),
        kind=ChangeRequestKind.ROLLBACK_REVISION,
        mode=ChangeRequestMode.FORCED,
        requested_by="ada",
        role=ApiRole.ADMIN,
        reason="Two was right.",
        target=Target(item_id=item_id, to_revision=1),
    )
    async with rows.database.transaction(rows.workspace) as connection:
        await change_requests.insert_request(connection, rows.workspace, request, [])
        await publishing.publish(
            connection,
            rows.workspace,
            revising(item_id, "Two."),
            passages=[],
            model="words",
            provenance=publishing.Provenance(("ada",), request_id=request.id),
        )

    item = text_of(await reviewer.get(f"/knowledge/{item_id}"))
    compared = text_of(await reviewer.get(f"/knowledge/{item_id}/compare?from=1&to=2"))
    releases = text_of(await reviewer.get("/releases"))

    for said in (item, compared):
        assert "ada asked for it, without a review" in said
        assert "ada forced it" in said
        assert "brought it in" not in said
    assert "Forced by ada" in item
    assert "forced by ada" in releases


async def test_without_a_release_the_page_says_how_to_make_one(reviewer: Person) -> None:
    assert "Nothing has changed yet" in text_of(await reviewer.get("/releases"))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("from=0&to=4", "+ added 1 Returns"),
        ("from=4&to=0", "not there yet 1 Returns"),
        ("from=1&to=2", "~ changed 1 Returns"),
        ("from=2&to=3", "✕ retired 1 Returns"),
        ("from=3&to=4", "↺ restored 1 Returns"),
        ("from=2&to=4", "What was changed between the two was changed back."),
        ("from=2&to=2", "It is the same release."),
        ("from=1999-01-01T00:00&to=1", "+ added 1 Returns"),
    ],
)
async def test_two_releases_are_compared(
    reviewer: Person, rows: Rows, query: str, said: str
) -> None:
    await a_story(rows)

    page = await reviewer.get(f"/releases/compare?{query}")

    assert page.status_code == 200
    assert said in text_of(page)


@pytest.mark.parametrize("query", ["from=1&to=9", "from=x&to=1", "from=1&to=", "from=1"])
async def test_releases_that_are_none_cannot_be_compared(
    reviewer: Person, rows: Rows, query: str
) -> None:
    await a_story(rows)

    assert (await reviewer.get(f"/releases/compare?{query}")).status_code == 422
