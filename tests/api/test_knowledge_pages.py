"""The pages of what agents know, and knew: browsing it, searching it, one item's story."""

import re

import pytest
from httpx2 import Response

from domain.knowledge import ArticleContent, Change, ItemKind, Operation
from domain.outcomes import HandledBy
from store import outcomes
from store.outcomes import Used
from tests.api.browser import HTML, Person, text_of
from tests.api.rows import Rows, adding, revising
from tests.api.stories import a_story, retiring


async def _found(person: Person, query: str, **fields: str) -> Response:
    page = await person.get("/knowledge")
    return await person.post("/knowledge/search", page, query=query, **fields)


async def test_the_list_says_what_each_item_is_about(reviewer: Person, rows: Rows) -> None:
    await rows.item(adding("Refunds take 5 days."))

    said = text_of(await reviewer.get("/knowledge"))

    assert "What agents know release 1" in said
    assert "Returns Refunds take 5 days. article 1" in said


async def test_the_list_is_filtered_by_tag(reviewer: Person, rows: Rows) -> None:
    for tag in ("money", "shoes & socks"):
        content = ArticleContent(title=f"On {tag}", question="Q", answer="A", tags=(tag,))
        change = Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=content)
        await rows.item(change)

    page = await reviewer.get("/knowledge")
    (link,) = re.findall(r'href="(/knowledge\?tag=shoes[^"]*)"', page.text)
    filtered = text_of(await reviewer.get(link.replace("&amp;", "&")))

    assert "On shoes & socks" in filtered
    assert "On money" not in filtered


async def test_retired_items_are_shown_as_such(reviewer: Person, rows: Rows) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    await rows.item(retiring(item_id, "Refunds take 5 days.", 1))

    assert "Nothing here" in text_of(await reviewer.get("/knowledge"))
    assert "article retired 2" in text_of(await reviewer.get("/knowledge?status=retired"))
    said = text_of(await reviewer.get(f"/knowledge/{item_id}"))
    assert "Agents do not see this. It was retired in release 2 ," in said


@pytest.mark.parametrize(
    ("as_of", "shown"),
    [("0", None), ("1", "5 days"), ("2", "7 days"), ("3", None), ("4", "7 days")],
)
async def test_the_list_goes_back_in_time(
    reviewer: Person, rows: Rows, as_of: str, shown: str | None
) -> None:
    await a_story(rows)

    page = await reviewer.get(f"/knowledge?as_of={as_of}")

    said = text_of(page)
    assert page.status_code == 200
    assert f"What agents knew release {as_of}" in said
    assert f"As of release {as_of}" in said
    assert "Back to now" in said
    assert (f"Refunds take {shown}." in said) == (shown is not None)


async def test_a_time_from_the_form_is_taken_for_utc(reviewer: Person, rows: Rows) -> None:
    await a_story(rows)

    said = text_of(await reviewer.get("/knowledge?as_of=1999-12-31T23:59"))

    assert "As of release 0 : before the first one, when nothing was known." in said


@pytest.mark.parametrize("as_of", ["5", "2999-01-01T00:00", "yesterday"])
async def test_a_moment_that_is_none_is_said_above_how_it_is_now(
    reviewer: Person, rows: Rows, as_of: str
) -> None:
    item_id = await a_story(rows)

    for path in ("/knowledge", f"/knowledge/{item_id}"):
        page = await reviewer.get(f"{path}?as_of={as_of}")
        said = text_of(page)
        assert page.status_code == 422
        assert "There is no such moment to go back to." in said
        assert "Refunds take 7 days." in said


async def test_a_search_shows_how_sure_it_is_and_what_matched(reviewer: Person, rows: Rows) -> None:
    await rows.item(adding("Refunds take 5 days."))

    page = await _found(reviewer, "How many days do refunds take?")

    said = text_of(page)
    assert re.search(r"\d+% sure that it answers this", said)
    assert '<meter min="0" max="1" value="0.' in page.text
    assert 'value="How many days do refunds take?"' in page.text
    assert str(page.url).endswith("/knowledge/search")


async def test_a_search_goes_back_in_time(reviewer: Person, rows: Rows) -> None:
    item_id = await a_story(rows)

    page = await _found(reviewer, "How many days do refunds take?", as_of="1")

    assert "Refunds take 5 days." in text_of(page)
    assert f'href="/knowledge/{item_id}?as_of=1"' in page.text


@pytest.mark.parametrize("query", ["", "  ", "x" * 20_001])
async def test_a_search_for_nothing_says_what_to_write(reviewer: Person, query: str) -> None:
    page = await _found(reviewer, query)

    assert page.status_code == 422
    assert "Write what a customer would ask" in text_of(page)


async def test_a_search_without_its_token_does_nothing(reviewer: Person, rows: Rows) -> None:
    answer = await reviewer.client.post(
        "/knowledge/search", data={"query": "refunds"}, headers=HTML
    )

    assert answer.status_code == 403


async def test_a_search_that_was_posted_has_no_address(reviewer: Person) -> None:
    answer = await reviewer.get("/knowledge/search")

    assert (answer.status_code, answer.headers["location"]) == (303, "/knowledge")


async def test_an_item_tells_its_wholea_story(reviewer: Person, rows: Rows) -> None:
    item_id = await a_story(rows)
    async with rows.database.transaction(rows.workspace) as connection:
        await outcomes.record_outcome(
            connection,
            rows.workspace,
            text="x",
            handled_by=HandledBy.AGENT,
            items_used=[Used(item_id, 2)],
        )

    page = await reviewer.get(f"/knowledge/{item_id}")

    said = text_of(page)
    order = ["Revision 4 ↺ restored", "Revision 3 ✕ retired", "Revision 2 ~ changed"]
    places = [said.index(words) for words in [*order, "Revision 1 + added"]]
    assert places == sorted(places)
    assert "Refunds take <del>5</del><ins>7</ins> days." in page.text
    assert "1 answer rested on it" in said
    assert "Used in 1 answer" in said


async def test_an_item_as_it_stood_hides_what_came_later(reviewer: Person, rows: Rows) -> None:
    item_id = await a_story(rows)

    page = await reviewer.get(f"/knowledge/{item_id}?as_of=1")

    said = text_of(page)
    assert "Refunds take 5 days." in said
    assert "7 days" not in said
    assert "Revision 2" not in said
    assert "Change it" not in said


async def test_an_item_before_its_time_is_unknown(reviewer: Person, rows: Rows) -> None:
    item_id = await a_story(rows)

    assert (await reviewer.get(f"/knowledge/{item_id}?as_of=0")).status_code == 404


async def test_many_revisions_come_in_pages(reviewer: Person, rows: Rows) -> None:
    item_id, _ = await rows.item()
    for base in range(1, 22):
        await rows.item(revising(item_id, f"Answer {base}.", base=base))

    first = await reviewer.get(f"/knowledge/{item_id}")
    second = await reviewer.get(f"/knowledge/{item_id}?before=3")

    assert (first.text.count('<li id="revision-'), "before=3" in first.text) == (20, True)
    assert "Answer <del>1</del><ins>2</ins>." in first.text
    assert second.text.count('<li id="revision-') == 2


async def test_the_list_is_kept_and_ordered_by_what_became_of_answers(
    reviewer: Person, rows: Rows
) -> None:
    await rows.item()

    listed = await reviewer.get("/knowledge?record=never_used&order=title&kind=article")
    other = await reviewer.get("/knowledge?record=followed_by_interventions")

    assert "no answer yet" in text_of(listed)
    assert '<option value="never_used" selected>' in listed.text
    assert "No item matches these filters." in text_of(other)
