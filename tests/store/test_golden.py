"""Golden queries, and the past queries that share words with a text."""

from collections.abc import AsyncGenerator
from uuid import uuid4

import pytest

from domain.erasure import ERASED
from domain.golden import Expectation, Expected, GoldenQuery
from domain.outcomes import HandledBy
from store import golden, outcomes
from store.database import Connection, Database
from tests.api.rows import Rows

ANSWERED = Expected(expects=Expectation.ANSWERED, must_contain=("5 days",))


@pytest.fixture
async def connection(database: Database, workspace: str) -> AsyncGenerator[Connection]:
    """A transaction of the application in the workspace."""
    async with database.transaction(workspace) as connection:
        yield connection


async def put(
    connection: Connection, workspace: str, text: str, expected: Expected = ANSWERED
) -> golden.Put:
    return await golden.put_golden_query(
        connection, workspace, text=text, expected=expected, note="", created_by="lee"
    )


async def listed(connection: Connection, workspace: str) -> list[GoldenQuery]:
    return await golden.list_golden_queries(connection, workspace)


async def test_the_newest_comes_first_and_a_page_follows_the_other(
    connection: Connection, workspace: str
) -> None:
    for text in ("first", "second", "third"):
        await put(connection, workspace, text)
    page = await golden.list_golden_queries(connection, workspace, limit=2)
    rest = await golden.list_golden_queries(connection, workspace, before=page[-1].id)
    assert [[each.query for each in part] for part in (page, rest)] == [
        ["third", "second"],
        ["first"],
    ]


async def test_the_same_words_are_kept_once_with_what_was_said_last(
    connection: Connection, workspace: str
) -> None:
    first = await put(connection, workspace, "Where is my refund?")
    handoff = Expected(expects=Expectation.HANDOFF)
    again = await put(connection, workspace, "where is my REFUND?", handoff)
    assert (first.is_new, again.is_new) == (True, False)
    [kept] = await listed(connection, workspace)
    assert (kept.id, kept.expected) == (first.golden.id, handoff)


async def test_what_was_taken_out_can_come_again(connection: Connection, workspace: str) -> None:
    first = await put(connection, workspace, "q")
    assert await golden.retire_golden_query(connection, workspace, first.golden.id)
    assert not await golden.retire_golden_query(connection, workspace, first.golden.id)
    assert await golden.count_golden_queries(connection, workspace) == 0
    assert (await put(connection, workspace, "q")).is_new


async def test_an_unknown_one_is_not_taken_out(connection: Connection, workspace: str) -> None:
    assert not await golden.retire_golden_query(connection, workspace, uuid4())


async def test_candidates_are_those_that_share_most_words(
    connection: Connection, workspace: str
) -> None:
    for text in ("When does my refund arrive?", "Refunds for lost parcels?", "Opening hours?"):
        await put(connection, workspace, text)
    found = await golden.candidate_golden_queries(
        connection, workspace, words=["refund", "parcel"], limit=2
    )
    assert [each.query for each in found] == [
        "Refunds for lost parcels?",
        "When does my refund arrive?",
    ]


async def serve(
    connection: Connection, workspace: str, text: str, *, correct: bool | None = None
) -> None:
    await outcomes.record_outcome(
        connection, workspace, text=text, handled_by=HandledBy.AGENT, correct=correct
    )


async def test_a_served_query_comes_once_with_the_best_that_is_known_of_it(
    connection: Connection, workspace: str
) -> None:
    await serve(connection, workspace, "Where is my refund?", correct=True)
    await serve(connection, workspace, "where is my refund?")
    await serve(connection, workspace, "Opening hours?", correct=False)
    await serve(connection, workspace, ERASED)
    found = await golden.candidate_outcomes(connection, workspace, words=["refund"], limit=9)
    assert [(each.query, each.known_correct) for each in found] == [
        ("where is my refund?", True),
        ("Opening hours?", False),
    ]


async def test_a_served_query_that_people_corrected_is_known_as_wrong(
    connection: Connection, workspace: str
) -> None:
    await serve(connection, workspace, "Late refund?", correct=False)
    await serve(connection, workspace, "My refund?", correct=False)
    await serve(connection, workspace, "my refund?")
    found = await golden.candidate_outcomes(connection, workspace, words=["refund"], limit=9)
    assert {each.query: each.known_wrong for each in found} == {
        "Late refund?": True,
        "my refund?": False,
    }


async def test_candidates_are_of_one_workspace(rows: Rows, elsewhere: Rows) -> None:
    async with elsewhere.database.transaction(elsewhere.workspace) as connection:
        await serve(connection, elsewhere.workspace, "Where is my refund?")
        await put(connection, elsewhere.workspace, "Where is my refund?")
    async with rows.database.transaction(rows.workspace) as connection:
        for read in (golden.candidate_outcomes, golden.candidate_golden_queries):
            assert await read(connection, rows.workspace, words=["refund"], limit=9) == []
