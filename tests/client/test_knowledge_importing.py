"""Sending a knowledge base in batches to an API that refuses some of it, or is away."""

import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from client import knowledge_importing, patience
from client.api import LearningLoop
from client.connection import Target
from client.errors import UnreachableError
from client.formats.entry import Effect, FileProblem, ReadEntry
from client.knowledge_importing import KnowledgeImporter, Settled, batches
from domain.imports import ImportOutcome, KnowledgeEntry

TARGET = Target(url="http://api.test", key="k")
Answer = Callable[[list[dict[str, Any]]], httpx2.Response]


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait not at all between two attempts."""
    monkeypatch.setattr(patience, "_FIRST_PAUSE", 0.0)
    monkeypatch.setattr(patience, "_LONGEST_PAUSE", 0.0)


def read(count: int, answer: str = "x") -> list[ReadEntry]:
    """Return so many entries, each of a file of its own."""
    return [ReadEntry(file=f"{n}.md", entry=entry(f"Title {n}", answer)) for n in range(count)]


def entry(title: str, answer: str) -> KnowledgeEntry:
    content = {"title": title, "question": "?", "answer": answer}
    return KnowledgeEntry.model_validate({"kind": "article", "content": content})


def added(items: list[dict[str, Any]]) -> httpx2.Response:
    """Answer that everything was added."""
    outcome = {"release": 1, "revision": 1, "outcome": "added"}
    lines = [
        {"item_id": str(uuid4()), "kind": "article", "title": i["content"]["title"], **outcome}
        for i in items
    ]
    return httpx2.Response(200, json={"items": lines})


def client_of(answer: Answer) -> LearningLoop:
    """Return a client whose imports are answered so."""

    def handle(request: httpx2.Request) -> httpx2.Response:
        return answer(json.loads(request.content)["items"])

    return LearningLoop(TARGET, transport=httpx2.MockTransport(handle))


async def send(answer: Answer, entries: list[ReadEntry]) -> tuple[list[str], list[FileProblem]]:
    """Send entries; return the files that went in, and the problems."""
    told: list[Settled | FileProblem] = []
    async with client_of(answer) as client:
        await KnowledgeImporter(client, tell=told.append).run(entries)
    went_in = [one.read.file for one in told if isinstance(one, Settled)]
    return went_in, [one for one in told if isinstance(one, FileProblem)]


@pytest.mark.parametrize(
    ("answer", "sizes"), [("x", [100, 100, 50]), ("x" * 9_000, [27] * 9 + [7])]
)
def test_batches_are_bounded_in_entries_and_bytes(answer: str, sizes: list[int]) -> None:
    told: list[object] = []
    found = list(batches(read(250, answer), told.append))
    assert ([len(batch) for batch in found], told) == (sizes, [])


def test_an_entry_that_no_call_can_carry_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(knowledge_importing, "MAX_ENTRY_BYTES", 1_000)
    told: list[Settled | FileProblem] = []
    found = list(batches([*read(1, "x" * 1_000), *read(1)], told.append))
    assert [len(batch) for batch in found] == [1]
    (problem,) = told
    assert isinstance(problem, FileProblem)
    assert problem.effect is Effect.LEFT_OUT


async def test_an_api_that_is_away_for_a_while_is_waited_out() -> None:
    answers = iter([httpx2.Response(503, json={"title": "Temporal is away"}), None])

    def answer(items: list[dict[str, Any]]) -> httpx2.Response:
        return next(answers) or added(items)

    went_in, problems = await send(answer, read(3))
    assert (len(went_in), problems) == (3, [])


async def test_the_counts_are_right_when_it_is_given_up_midway() -> None:
    answers = iter([added])

    def answer(items: list[dict[str, Any]]) -> httpx2.Response:
        first = next(answers, None)
        if first is None:
            raise httpx2.ConnectError("refused")
        return first(items)

    async with client_of(answer) as client:
        importer = KnowledgeImporter(client, patience=0.0, tell=lambda _: None)
        with pytest.raises(UnreachableError):
            await importer.run(read(150))
    assert importer.counts.outcomes == {ImportOutcome.ADDED: 100}


async def test_what_is_refused_by_its_field_is_left_out_and_the_rest_is_sent_again() -> None:
    def answer(items: list[dict[str, Any]]) -> httpx2.Response:
        wrong = [n for n, item in enumerate(items) if item["content"]["title"] == "Title 2"]
        if not wrong:
            return added(items)
        errors = [{"field": f"items[{n}].content.answer", "message": "is bad"} for n in wrong]
        return httpx2.Response(422, json={"title": "No", "errors": errors})

    went_in, problems = await send(answer, read(5))
    assert went_in == ["0.md", "1.md", "3.md", "4.md"]
    assert [problem.in_short() for problem in problems] == ["2.md: content.answer is bad"]


async def test_what_is_refused_without_a_reason_is_searched_for_and_keeps_nothing_else_out() -> (
    None
):
    def answer(items: list[dict[str, Any]]) -> httpx2.Response:
        titles = {item["content"]["title"] for item in items}
        return httpx2.Response(500, text="oops") if "Title 3" in titles else added(items)

    went_in, problems = await send(answer, read(7))
    assert went_in == ["0.md", "1.md", "2.md", "4.md", "5.md", "6.md"]
    assert [problem.file for problem in problems] == ["3.md"]
