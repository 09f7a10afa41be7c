"""The preview of an edit: what it says, that it stores nothing, and that it runs nothing."""

from collections.abc import AsyncGenerator, Sequence
from uuid import uuid4

import numpy as np
import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient, Response
from numpy.typing import NDArray

from api.context import Context
from api.pace import Pace
from domain.cases import AskResult, Knowledge
from domain.identity import ApiRole
from domain.knowledge import ItemKind
from domain.proposals import Proposal
from gateways.embedding_service import ServiceEmbedder
from store.database import Database
from tests.api.browser import HTML, Person, Tags, signed_in, text_of, token_of
from tests.api.conftest import Keys, client_of, make_keys, started
from tests.api.fakes import RecordingDelivery, WordEmbedder
from tests.api.rows import Rows, adding, revising
from tests.domain.builders import asked
from tests.security.elements import dangers

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"


async def preview(person: Person, proposal: Proposal, **fields: str) -> Response:
    """Preview as htmx does while somebody types; what is not named is as it is shown."""
    page = await person.get(f"/proposals/{proposal.id}/edit")
    shown = {
        "field_title": "Returns",
        "field_question": "How long?",
        "field_answer": "Refunds take 5 days.",
    }
    data = {"form_token": token_of(page), **shown, **fields}
    return await person.client.post(
        f"/proposals/{proposal.id}/preview", data=data, headers={**HTML, "HX-Request": "true"}
    )


async def test_it_shows_what_was_changed_word_by_word(reviewer: Person, rows: Rows) -> None:
    answer = await preview(reviewer, await rows.proposal(), field_answer="Refunds take 7 days.")
    assert answer.status_code == 200
    assert "Refunds take <del>5</del><ins>7</ins> days." in answer.text
    assert "<html" not in answer.text


async def test_a_revision_is_compared_with_the_item_and_with_the_draft(
    reviewer: Person, rows: Rows
) -> None:
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    proposal = await rows.proposal(revising(item_id, "Refunds take 7 days."))
    answer = await preview(reviewer, proposal, field_answer="Refunds take 9 days.")
    assert "Refunds take <del>7</del><ins>9</ins> days." in answer.text
    assert "Refunds take <del>5</del><ins>9</ins> days." in answer.text


async def test_it_says_how_the_original_query_would_be_answered(
    reviewer: Person, rows: Rows
) -> None:
    proposal = await rows.proposal()
    answer = await preview(
        reviewer, proposal, field_question="Where is my refund?", field_answer="At the bank."
    )
    said = text_of(answer)
    assert "The query that led to this: Where is my refund?" in said
    assert "With your words At the bank." in said


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"field_answer": ""}, "answer must not be empty"),
        ({"field_title": "x" * 301}, "title must have at most 300 characters"),
        (
            {"field_answer": "Write to jane.roe@example.com."},
            "answer holds what looks like a person's email address: jane.roe@example.com",
        ),
        ({"field_answer": "Ask [NAME]."}, "holds a placeholder of removed personal data"),
    ],
)
async def test_it_names_what_is_wrong_by_field(
    reviewer: Person, rows: Rows, typed: dict[str, str], said: str
) -> None:
    answer = await preview(reviewer, await rows.proposal(), **typed)
    assert answer.status_code == 200
    assert "It cannot be saved like this." in text_of(answer)
    assert said in text_of(answer)


class OutsideEmbedder(WordEmbedder, ServiceEmbedder):
    """A service's, for all that the pages know."""

    def __init__(self) -> None:
        """Note what is sent."""
        self.sent: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Note the texts."""
        self.sent += texts
        return super().embed(texts)


@pytest.mark.parametrize(
    ("words", "is_sent"), [("Write to zoe@x.example.", False), ("Soon.", True)]
)
async def test_personal_data_is_sent_to_no_embedding_service(
    reviewer: Person, rows: Rows, app: FastAPI, words: str, is_sent: bool
) -> None:
    proposal = await rows.proposal()
    embedder = OutsideEmbedder()
    context: Context = app.state.context
    object.__setattr__(context, "embedder", embedder)
    answer = await preview(reviewer, proposal, field_answer=words)
    assert answer.status_code == 200
    assert any(words in text for text in embedder.sent) == is_sent


async def test_it_stores_nothing(reviewer: Person, rows: Rows, delivery: RecordingDelivery) -> None:
    proposal = await rows.proposal()
    await preview(reviewer, proposal, field_answer="Refunds take 7 days.")
    assert await rows.read(proposal.id) == proposal
    assert delivery.decided == []


async def test_hostile_words_are_shown_and_never_run(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal()
    answer = await preview(reviewer, proposal, field_title=EVIL, field_answer=EVIL)
    assert dangers(answer) == []
    assert not {"script", "img"} & set(Tags.of(answer).names)
    assert "&lt;script&gt;" in answer.text
    assert "49" not in text_of(answer)


async def test_hostile_tools_are_shown_and_never_run(reviewer: Person, rows: Rows) -> None:
    proposal = await rows.proposal(adding(kind=ItemKind.TOOL_CONNECTION), approvals=2)
    tools = '[{"name": "a", "description": "<img src=x>", "input_schema": {}, "access": "read"}]'
    answer = await preview(reviewer, proposal, field_name=EVIL, field_tools=tools)
    assert not {"script", "img"} & set(Tags.of(answer).names)


async def test_without_scripts_the_page_comes_back_with_what_was_typed(
    reviewer: Person, rows: Rows
) -> None:
    proposal = await rows.proposal()
    path = f"/proposals/{proposal.id}"
    page = await reviewer.get(f"{path}/edit")
    shown = await reviewer.post(
        f"{path}/preview",
        page,
        field_title="Kept",
        field_question="How long?",
        field_answer="Six days.",
    )
    assert shown.status_code == 200
    assert 'value="Kept"' in shown.text
    assert "What you changed" in text_of(shown)
    assert 'data-dirty="yes"' in shown.text


async def test_it_pauses_for_whoever_asks_too_often(
    reviewer: Person, rows: Rows, app: FastAPI
) -> None:
    proposal = await rows.proposal()
    context: Context = app.state.context
    object.__setattr__(context, "previews", Pace(times=1, seconds=60))
    first = await preview(reviewer, proposal)
    second = await preview(reviewer, proposal)
    assert (first.status_code, second.status_code) == (200, 429)
    assert int(second.headers["retry-after"]) > 0


async def test_another_workspaces_proposal_is_unknown(
    reviewer: Person, client: AsyncClient, database_url: str, rows: Rows
) -> None:
    proposal = await rows.proposal()
    page = await reviewer.get(f"/proposals/{proposal.id}/edit")
    other = await signed_in(
        client, (await make_keys(database_url, f"w-{uuid4().hex[:12]}")).of[ApiRole.REVIEWER]
    )
    answer = await other.post(f"/proposals/{proposal.id}/preview", await other.get("/"))
    assert page.status_code == 200
    assert answer.status_code == 404


class PaidAgent:
    """Counts what it is asked; each answer would cost tokens."""

    name = "paid"
    is_deterministic = False

    def __init__(self) -> None:
        """Start with no question."""
        self.asked: list[str] = []

    async def answer(self, query: str, knowledge: Knowledge) -> AskResult:
        """Count and answer."""
        self.asked.append(query)
        return asked("From the model.")


@pytest.fixture
def paid() -> PaidAgent:
    """An agent that costs money."""
    return PaidAgent()


@pytest.fixture
async def buyer(
    database_url: str, database: Database, delivery: RecordingDelivery, keys: Keys, paid: PaidAgent
) -> AsyncGenerator[Person]:
    """A reviewer where each answer costs tokens."""
    async with started(database_url, database, delivery, paid) as app:
        client = client_of(app)
        yield await signed_in(client, keys.of[ApiRole.REVIEWER])
        await client.aclose()


async def test_a_model_is_asked_on_the_button_only(
    buyer: Person, rows: Rows, paid: PaidAgent
) -> None:
    proposal = await rows.proposal()
    typing = await preview(buyer, proposal, field_answer="Six days.")
    assert paid.asked == []
    assert "Try it" in text_of(typing)
    tried = await preview(buyer, proposal, field_answer="Six days.", **{"try": "yes"})
    assert paid.asked == ["Where is my refund?"]
    assert "With your words From the model." in text_of(tried)


async def test_a_model_is_not_sent_what_may_not_be_saved(
    buyer: Person, rows: Rows, paid: PaidAgent
) -> None:
    wrong = {"field_answer": "Write to jane.roe@example.com.", "try": "yes"}
    await preview(buyer, await rows.proposal(), **wrong)
    assert paid.asked == []
