"""Asking on the page: the answer, what it rests on and why, now and then; nothing is counted."""

from uuid import UUID

import pytest
from httpx2 import AsyncClient, Response

from domain.cases import AskResult, Knowledge
from domain.identity import ApiRole
from domain.knowledge import ArticleContent, Change, ItemKind, Operation
from store.database import Database
from tests.api.browser import HTML, Person, Tags, signed_in, text_of
from tests.api.conftest import Keys, client_of, started
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows

QUESTION = "How long does a refund take?"
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


def refunds(answer: str, **base: object) -> Change:
    """Return a change that says this of refunds."""
    content = ArticleContent(title="Refunds", question=QUESTION, answer=answer)
    return Change.model_validate(
        {"kind": ItemKind.ARTICLE, "operation": Operation.ADD, "content": content, **base}
    )


async def ask(person: Person, query: str = QUESTION, **fields: str) -> Response:
    """Ask on the page."""
    return await person.post("/ask", await person.get("/ask"), query=query, **fields)


async def test_an_answer_is_shown_with_what_it_rests_on(reviewer: Person, rows: Rows) -> None:
    item_id, _ = await rows.item(refunds("It takes 5 days."))

    page = await ask(reviewer)

    said = text_of(page)
    assert page.status_code == 200
    assert "answered by the agent It takes 5 days." in said
    assert "The answer rests on it." in said
    assert f'href="/knowledge/{item_id}"' in page.text


async def test_a_hand_off_says_why_and_what_came_close(reviewer: Person, rows: Rows) -> None:
    await rows.item(refunds("It takes 5 days."))

    page = await ask(reviewer, "Where can I take my dog to a refund desk on a Sunday morning?")

    said = text_of(page)
    assert "handed to a human" in said
    assert "What was looked at Refunds" in said
    assert "Not sure enough to be told." in said


async def test_the_words_that_matched_are_marked(reviewer: Person, rows: Rows) -> None:
    await rows.item(refunds("It takes 5 days."))

    page = await ask(reviewer)

    assert "<mark>refund</mark>" in page.text


async def test_a_trial_is_no_outcome(
    reviewer: Person, rows: Rows, database: Database, workspace: str
) -> None:
    await rows.item(refunds("It takes 5 days."))

    await ask(reviewer)

    async with database.transaction(workspace) as connection:
        stored = await connection.execute("SELECT FROM outcomes WHERE workspace = %s", [workspace])
        assert stored.rowcount == 0


async def _revised(rows: Rows) -> UUID:
    item_id, _ = await rows.item(refunds("It takes 5 days."))
    revision = {"operation": Operation.REVISE, "item_id": item_id, "base_revision": 1}
    await rows.item(refunds("It takes 2 days.", **revision))
    return item_id


async def test_an_earlier_release_is_asked_beside_the_newest(reviewer: Person, rows: Rows) -> None:
    item_id = await _revised(rows)

    page = await ask(reviewer, as_of="1")

    said = text_of(page)
    assert "It was answered then too, in other words." in said
    assert said.index("It takes 5 days.") < said.index("It takes 2 days.")
    assert f'href="/knowledge/{item_id}?as_of=1"' in page.text


async def test_what_was_not_known_yet_was_a_humans(reviewer: Person, rows: Rows) -> None:
    await rows.item(refunds("It takes 5 days."))

    page = await ask(reviewer, as_of="0")

    assert "It was a human's then; the agent answers it now." in text_of(page)


@pytest.mark.parametrize("fields", [{"query": " "}, {"query": QUESTION, "as_of": "7"}])
async def test_what_cannot_be_asked_is_said(reviewer: Person, fields: dict[str, str]) -> None:
    page = await ask(reviewer, **fields)

    assert page.status_code == 422
    assert 'role="alert"' in page.text


async def test_personal_data_goes_no_further_than_the_page(reviewer: Person, rows: Rows) -> None:
    await rows.item(refunds("It takes 5 days."))

    page = await ask(reviewer, f"{QUESTION} Write to dana@example.org.")

    assert page.text.count("dana@example.org") == 1


async def test_a_lead_keeps_a_wrong_answer_as_a_golden_query(
    client: AsyncClient, keys: Keys, rows: Rows
) -> None:
    lead = await signed_in(client, keys.of[ApiRole.LEAD])
    item_id, _ = await rows.item(refunds("It takes 5 days."))

    page = await ask(lead)
    assert 'name="item_id"' in page.text
    kept = await lead.post("/golden", page, query=QUESTION, item_id=str(item_id))

    assert kept.headers["location"] == "/golden"
    assert QUESTION in (await lead.get("/golden")).text


async def test_a_reviewer_is_not_offered_what_a_lead_may(reviewer: Person, rows: Rows) -> None:
    await rows.item(refunds("It takes 5 days."))

    assert 'action="/golden"' not in (await ask(reviewer)).text


async def test_hostile_texts_are_texts(reviewer: Person, rows: Rows) -> None:
    content = ArticleContent(title=EVIL, question=f"{QUESTION} {EVIL}", answer=EVIL)
    await rows.item(Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=content))

    page = await ask(reviewer, f"{QUESTION} {EVIL}")

    tags = Tags.of(page)
    assert tags.names.count("img") == 1
    assert "onerror" not in tags.attributes
    assert "<script>alert" not in page.text


async def test_a_form_without_its_token_asks_nothing(reviewer: Person) -> None:
    answer = await reviewer.client.post("/ask", data={"query": QUESTION}, headers=HTML)

    assert answer.status_code == 403


class _Model:
    """An agent that costs."""

    name = "claude"
    is_deterministic = False

    async def answer(self, query: str, knowledge: Knowledge) -> AskResult:
        """Hand everything off after a look."""
        await knowledge.search(query, k=8)
        return AskResult(answered=False, handoff_reason="Unclear.", confidence=0, agent=self.name)


async def test_a_paid_model_says_that_it_costs(
    database_url: str, database: Database, delivery: RecordingDelivery, keys: Keys, rows: Rows
) -> None:
    await rows.item(refunds("It takes 5 days."))
    async with started(database_url, database, delivery, _Model()) as app, client_of(app) as client:
        person = await signed_in(client, keys.of[ApiRole.REVIEWER])

        said = text_of(await ask(person))

    assert "It costs: claude is asked" in said
    assert "The language model read it and did not use it." in said
