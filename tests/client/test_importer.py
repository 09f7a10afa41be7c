"""The importer against an API that fails for a while."""

import io
import json
from collections.abc import Iterator

import httpx2
import pytest

from client import importing, patience
from client.api import LearningLoop
from client.connection import Target
from client.errors import UnreachableError
from client.importing import Fate, Importer, read_lines

ACCEPTED = {
    "intervention_id": "0195e2a8-2f2c-7c55-b0a2-0d8b1f0a7f11",
    "workflow_id": "intervention/default/x",
    "status": "received",
}
TARGET = Target(url="http://api.test", key="k")


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait not at all between two attempts."""
    monkeypatch.setattr(patience, "_FIRST_PAUSE", 0.0)
    monkeypatch.setattr(patience, "_LONGEST_PAUSE", 0.0)


def client_of(answers: Iterator[httpx2.Response | Exception]) -> LearningLoop:
    """Return a client whose calls are answered in turn."""

    def handle(_request: httpx2.Request) -> httpx2.Response:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return LearningLoop(TARGET, transport=httpx2.MockTransport(handle))


def lines(count: int) -> io.BytesIO:
    """Return a file of so many lines."""
    return io.BytesIO(b"".join(json.dumps({"n": n}).encode() + b"\n" for n in range(count)))


async def test_it_waits_out_an_api_that_is_busy_away_or_starting() -> None:
    answers: list[httpx2.Response | Exception] = [
        httpx2.Response(429, headers={"Retry-After": "1"}),
        httpx2.ConnectError("refused"),
        httpx2.Response(503, json={"title": "The database cannot be reached", "status": 503}),
        httpx2.Response(202, json=ACCEPTED),
    ]
    async with client_of(iter(answers)) as client:
        counts = await Importer(client, at_once=1).run(read_lines(lines(1)))

    assert counts.by_fate == {Fate.TAKEN_IN: 1, Fate.KNOWN: 0, Fate.REJECTED: 0}


async def test_its_patience_is_bounded() -> None:
    def always() -> Iterator[httpx2.Response | Exception]:
        while True:
            yield httpx2.ConnectError("refused")

    async with client_of(always()) as client:
        with pytest.raises(UnreachableError, match=r"Nothing answers at http://api\.test"):
            await Importer(client, patience=0.0).run(read_lines(lines(100)))


async def test_the_counts_are_right_when_it_is_given_up_midway() -> None:
    def two_then_none() -> Iterator[httpx2.Response | Exception]:
        yield httpx2.Response(202, json=ACCEPTED)
        yield httpx2.Response(200, json=ACCEPTED)
        while True:
            yield httpx2.ReadTimeout("slow")

    async with client_of(two_then_none()) as client:
        importer = Importer(client, at_once=1, patience=0.0)
        with pytest.raises(UnreachableError):
            await importer.run(read_lines(lines(10)))

    assert importer.counts.by_fate == {Fate.TAKEN_IN: 1, Fate.KNOWN: 1, Fate.REJECTED: 0}


async def test_a_line_that_the_api_could_not_take_is_not_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importing, "MAX_LINE_BYTES", 10)
    async with client_of(iter([])) as client:
        counts = await Importer(client).run(read_lines(io.BytesIO(b'{"much": "too long"}')))

    assert counts.by_fate[Fate.REJECTED] == 1


async def test_an_error_of_the_api_itself_rejects_the_line_and_goes_on() -> None:
    answers = [httpx2.Response(500, text="oops"), httpx2.Response(202, json=ACCEPTED)]
    async with client_of(iter(answers)) as client:
        counts = await Importer(client, at_once=1).run(read_lines(lines(2)))

    assert counts.by_fate == {Fate.TAKEN_IN: 1, Fate.KNOWN: 0, Fate.REJECTED: 1}
