"""The inbox as a page: views, filters, and the way on to the next."""

import re
from collections.abc import Generator
from contextlib import contextmanager
from html import unescape
from typing import Any

import pytest
from httpx2 import AsyncClient

from domain.knowledge import ItemKind
from domain.proposals import Proposal, ProposalStatus
from store import database as stored
from store import reviews
from store.database import Database
from tests.api.browser import Person, text_of, titles
from tests.api.conftest import Keys
from tests.api.rows import Rows, a_review, adding

HOSTILE = '"><script>alert(1)</script>'


async def test_a_row_says_what_a_reviewer_wants_to_know(
    reviewer: Person, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal(adding(kind=ItemKind.POLICY), approvals=2)
    async with database.transaction(rows.workspace) as connection:
        await reviews.set_assignee(connection, rows.workspace, proposal.id, "dana")

    said = text_of(await reviewer.get("/"))

    assert "1 case, would save 1 hand-off" in said
    assert "0 of 2 approvals · about 3 minutes" in said
    assert "due in 2 days" in said
    assert "with dana" in said
    assert "✓ fixes 1" in said


async def test_a_row_that_has_gone_up_says_to_whom(
    reviewer: Person, rows: Rows, database: Database
) -> None:
    proposal = await rows.proposal()
    clock = a_review(proposal.id).clock.model_copy(update={"tier": 1})
    async with database.transaction(rows.workspace) as connection:
        await reviews.set_clock(connection, rows.workspace, proposal.id, clock)

    assert "for a lead · about" in text_of(await reviewer.get("/"))


async def test_what_is_overdue_is_shown_so(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal()
    async with rows.database.transaction(rows.workspace) as connection:
        await connection.execute(
            "UPDATE reviews SET due_at = now() - interval '3 hours' WHERE proposal_id = %s",
            [proposal.id],
        )

    page = await reviewer.get("/?due=overdue")

    assert "overdue since 3 hours ago" in text_of(page)
    assert "overdue (1)" in text_of(page)


async def test_each_choice_has_its_count(reviewer: Person, rows: Rows) -> None:
    await rows.proposal()
    await rows.proposal(adding(kind=ItemKind.POLICY))

    page = await reviewer.get("/?kind=policy")

    said = text_of(page)
    assert "article (1)" in said
    assert "policy (1)" in said
    assert "missing knowledge (1)" in said
    assert "nobody (1)" in said
    assert 'value="policy" selected' in page.text


async def test_a_search_shows_what_has_its_words(reviewer: Person, rows: Rows) -> None:
    await rows.proposal(title="About luggage")
    await rows.proposal(title="About seats")

    page = await reviewer.get("/?q=lugg")

    assert titles(page.text) == ["About luggage"]


@pytest.mark.parametrize("field", ["q", "tag", "assignee"])
async def test_what_an_address_says_is_shown_as_text(
    reviewer: Person, rows: Rows, field: str
) -> None:
    await rows.proposal()
    page = await reviewer.client.get("/", params={field: HOSTILE})

    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "Nothing like this" in text_of(page)


async def test_an_address_with_values_that_are_gone_still_works(
    reviewer: Person, rows: Rows
) -> None:
    await rows.proposal()

    page = await reviewer.get("/?kind=video&due=&status=in_review&nothing=1&snoozed=never")

    assert len(titles(page.text)) == 1


async def test_a_page_leads_to_the_next_and_keeps_the_filters(
    reviewer: Person, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.pages.inbox_page.DEFAULT_LIMIT", 2)
    for _ in range(3):
        await rows.proposal()

    first = await reviewer.get("/?kind=article")
    (more,) = re.findall(r'rel="next" href="([^"]+)"', first.text)
    second = await reviewer.get(unescape(more))

    assert "kind=article" in more
    assert len(titles(first.text)) == 2
    assert len(titles(second.text)) == 1


@contextmanager
def counted_statements(monkeypatch: pytest.MonkeyPatch) -> Generator[list[object]]:
    """Yield what is asked of the database meanwhile, but for how a fresh connection is set up."""
    asked: list[object] = []
    execute = stored.Connection.execute

    async def counting(self: stored.Connection, *values: Any, **more: Any) -> Any:
        if "set_config" not in str(values[0]):
            asked.append(values[0])
        return await execute(self, *values, **more)

    with monkeypatch.context() as patched:
        patched.setattr(stored.Connection, "execute", counting)
        yield asked


async def test_more_rows_ask_the_database_no_more(
    reviewer: Person, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    await rows.proposal()
    await reviewer.get("/")
    with counted_statements(monkeypatch) as for_one:
        await reviewer.get("/")
    for _ in range(4):
        await rows.proposal()
    with counted_statements(monkeypatch) as for_five:
        page = await reviewer.get("/")

    assert len(titles(page.text)) == 5
    assert len(for_one) == len(for_five) > 5


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("q=luggage", 1),
        ("q=seats&kind=policy", 0),
        ("gap=missing_knowledge", 1),
        ("gap=missing_tool", 0),
        ("tier=lead", 0),
        ("due=this_week", 1),
        ("due=overdue", 0),
        ("assignee=nobody", 1),
        ("awaits=second", 0),
        ("tag=billing&q=", 0),
    ],
)
async def test_the_list_of_the_api_takes_the_same_filters(
    client: AsyncClient, keys: Keys, rows: Rows, query: str, shown: int
) -> None:
    await rows.proposal(title="About luggage")

    answer = await client.get(f"/v1/proposals?{query}", headers=keys.header())

    assert len(answer.json()["items"]) == shown


@pytest.mark.parametrize("query", ["due=never", "snoozed=x", "gap=none_such", "awaits=third"])
async def test_the_list_of_the_api_refuses_what_no_filter_knows(
    client: AsyncClient, keys: Keys, query: str
) -> None:
    answer = await client.get(f"/v1/proposals?{query}", headers=keys.header())

    assert answer.status_code == 422


@pytest.fixture
async def three(rows: Rows) -> list[Proposal]:
    """Proposals in the order of the inbox."""
    return [await rows.proposal(title=f"Number {n}") for n in range(3)]


async def test_a_proposal_leads_on_to_the_next_of_the_view(
    reviewer: Person, rows: Rows, three: list[Proposal]
) -> None:
    await rows.proposal(adding(kind=ItemKind.POLICY))
    inbox = await reviewer.get("/?kind=article&status=in_review")
    (link,) = re.findall(rf'href="(/proposals/{three[1].id}[^"]*)"', inbox.text)

    page = await reviewer.get(unescape(link))

    assert f'href="/proposals/{three[0].id}" rel="prev"' in page.text
    assert f'href="/proposals/{three[2].id}" rel="next"' in page.text
    back = f'href="/?status=in_review&amp;kind=article#proposal-{three[1].id}"'
    assert back in page.text


async def test_after_a_decision_the_page_names_the_next(
    reviewer: Person, rows: Rows, three: list[Proposal]
) -> None:
    await reviewer.get("/?kind=article&status=in_review")
    await rows.move(three[0].id, ProposalStatus.REJECTED)

    page = await reviewer.get(f"/proposals/{three[0].id}")

    assert "Next: Number 1" in text_of(page)


async def test_the_last_one_leads_to_the_first(reviewer: Person, three: list[Proposal]) -> None:
    page = await reviewer.get(f"/proposals/{three[2].id}")

    assert f'href="/proposals/{three[0].id}" rel="next"' in page.text


async def test_a_from_that_is_no_view_does_no_harm(reviewer: Person, three: list[Proposal]) -> None:
    page = await reviewer.client.get(
        f"/proposals/{three[0].id}", params={"from": f"//evil.test?q={HOSTILE}"}
    )

    assert page.status_code == 200
    assert "evil" not in page.text
    assert "<script>alert" not in page.text
