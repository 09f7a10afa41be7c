"""What an index must not lose: crowds, filters, small workspaces, and words of other languages."""

import random
from collections.abc import AsyncGenerator, Sequence
from uuid import UUID, uuid4

import pytest

from domain.knowledge import ArticleContent, Change, Hit, ItemKind, Operation
from store import publishing
from store.bootstrap import ensure_workspace_and_keys
from store.database import Connection, Database, execute, fetch_all
from store.search import search
from tests.api.rows import Rows
from tests.databases import new_database

MODEL = "all-MiniLM-L6-v2"
DIMENSION = 384
QUERY = [1.0] + [0.0] * (DIMENSION - 1)
CHANCE = random.Random(1)


def near(similarity: float) -> list[float]:
    """Return a vector with about this cosine to the query."""
    rest = [CHANCE.gauss(0, 1) for _ in range(DIMENSION - 1)]
    scale = ((1 - similarity**2) / sum(x * x for x in rest)) ** 0.5
    return [similarity, *(x * scale for x in rest)]


async def add(
    connection: Connection,
    workspace: str,
    *said: tuple[str, float],
    tags: tuple[str, ...] = (),
    language: str | None = None,
) -> UUID:
    """Publish an article that is found by these texts, each so near to the query."""
    content = ArticleContent(title="Title", question="Question", answer="Answer", tags=tags)
    item_id, _ = await publishing.publish(
        connection,
        workspace,
        Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=content),
        passages=[
            publishing.Passage(body, near(similarity), "phrasing", language=language)
            for body, similarity in said
        ],
        model=MODEL,
        provenance=publishing.Provenance(approved_by=("dana",)),
    )
    return item_id


async def by_index(connection: Connection) -> None:
    """Keep the planner from every way but the indexes that large workspaces are searched by."""
    for way in ("seqscan", "bitmapscan", "sort"):
        await connection.execute(f"SET LOCAL enable_{way} = off".encode())


async def find(
    connection: Connection,
    workspace: str,
    *,
    text: str = "",
    k: int = 8,
    tags: Sequence[str] = (),
    language: str | None = None,
) -> list[Hit]:
    return await search(
        connection,
        workspace,
        text=text,
        embedding=QUERY,
        model=MODEL,
        k=k,
        tags=tags,
        language=language,
    )


async def test_many_phrasings_of_one_item_crowd_out_no_other(rows: Rows) -> None:
    async with rows.database.transaction(rows.workspace) as connection:
        crowd = await add(connection, rows.workspace, *((f"crowd {n}", 0.9) for n in range(400)))
        others = [await add(connection, rows.workspace, (f"other {n}", 0.5)) for n in range(4)]
        await by_index(connection)
        hits = await find(connection, rows.workspace, k=5)
    assert hits[0].item.id == crowd
    assert {hit.item.id for hit in hits[1:]} == set(others)


async def test_an_index_scan_that_gives_up_loses_nothing(rows: Rows, elsewhere: Rows) -> None:
    """The nearest rows are another workspace's; the index scan ends before it reaches ours."""
    async with elsewhere.database.transaction(elsewhere.workspace) as connection:
        for n in range(3):
            said = ((f"theirs {n} {m}", 0.9) for m in range(100))
            await add(connection, elsewhere.workspace, *said)
    async with rows.database.transaction(rows.workspace) as connection:
        ours = [await add(connection, rows.workspace, (f"ours {n}", 0.1)) for n in range(3)]
        await by_index(connection)
        await connection.execute("SET LOCAL hnsw.max_scan_tuples = 1")
        hits = await find(connection, rows.workspace)
    assert {hit.item.id for hit in hits} == set(ours)


async def test_a_rare_tag_is_found_behind_nearer_items(rows: Rows) -> None:
    async with rows.database.transaction(rows.workspace) as connection:
        for n in range(3):
            said = ((f"common {n} {m}", 0.9) for m in range(100))
            await add(connection, rows.workspace, *said, tags=("common",))
        rare = await add(connection, rows.workspace, ("far away", 0.0), tags=("rare", "odd"))
        await by_index(connection)
        await connection.execute("SET LOCAL hnsw.max_scan_tuples = 1")
        hits = await find(connection, rows.workspace, tags=["rare", "unknown"])
    assert [hit.item.id for hit in hits] == [rare]


async def test_a_word_finds_what_its_vector_does_not(rows: Rows) -> None:
    async with rows.database.transaction(rows.workspace) as connection:
        for n in range(60):
            await add(connection, rows.workspace, (f"about number {n}", 0.05))
        named = await add(connection, rows.workspace, ("error zx81 means a jam", 0.0))
        hits = await find(connection, rows.workspace, text="what is zx81?", k=3)
    assert hits[0].item.id == named


@pytest.mark.parametrize(("language", "found"), [("de", True), ("en", False)])
async def test_words_are_those_of_a_language(rows: Rows, language: str, found: bool) -> None:
    """A German stemmer takes "Rechnungen" for "Rechnung"; an English one does not."""
    async with rows.database.transaction(rows.workspace) as connection:
        for n in range(60):
            await add(connection, rows.workspace, (f"number {n}", 0.05))
        bill = await add(connection, rows.workspace, ("Rechnung bezahlen", 0.0), language="de")
        hits = await find(connection, rows.workspace, text="Rechnungen", k=3, language=language)
    assert (bill in {hit.item.id for hit in hits}) == found


async def test_equal_items_come_in_the_same_order_each_time(rows: Rows) -> None:
    async with rows.database.transaction(rows.workspace) as connection:
        ids = [await add(connection, rows.workspace, ("same", 1.0)) for _ in range(12)]
        hits = await find(connection, rows.workspace, k=12)
    assert [hit.item.id for hit in hits] == sorted(ids)


async def test_the_surest_comes_first(rows: Rows) -> None:
    async with rows.database.transaction(rows.workspace) as connection:
        for n in range(5):
            await add(connection, rows.workspace, (f"number {n}", 0.9 - n / 10))
        hits = await find(connection, rows.workspace, k=5)
    sure = [hit.score for hit in hits]
    assert len(sure) == 5
    assert sure == sorted(set(sure), reverse=True)


WORDED = """
EXPLAIN SELECT id FROM visible_passages
WHERE workspace = %(workspace)s AND until_release IS NULL AND words @@ 'zeppelin'
"""
NEAREST = """
EXPLAIN SELECT passage_id FROM visible_embeddings
WHERE workspace = %(workspace)s AND model = 'all-MiniLM-L6-v2' AND live
ORDER BY embedding::halfvec(384) <=> %(query)s::halfvec(384) LIMIT 10
"""
MANY = """
INSERT INTO passages (workspace, item_id, kind, source, body, from_release)
SELECT %(workspace)s, %(item_id)s, 'article', 'content', 'number ' || n, 1
FROM generate_series(1, 5000) AS n
"""


@pytest.fixture
async def apart(database_url: str) -> AsyncGenerator[Rows]:
    """A workspace in a database of its own: how a query is planned depends on all its rows."""
    url = await new_database(database_url, f"apart_{uuid4().hex[:12]}")
    await ensure_workspace_and_keys(url, "w", {})
    async with Database(url, max_size=1) as pool:
        yield Rows(pool, "w")


async def test_the_applications_role_may_use_both_indexes(apart: Rows) -> None:
    parameters = {"workspace": apart.workspace, "query": str(QUERY)}
    async with apart.database.transaction(apart.workspace) as connection:
        item_id = await add(connection, apart.workspace, ("number", 0.5))
        await execute(connection, MANY, {**parameters, "item_id": item_id})
        await connection.execute("SET LOCAL ROLE NONE")
        await connection.execute("ANALYZE passages")
        await connection.execute("SET LOCAL ROLE learning_loop_app")
        user = await fetch_all(connection, "SELECT current_user AS name", {})
        worded = str(await fetch_all(connection, WORDED, parameters))
        await by_index(connection)
        nearest = str(await fetch_all(connection, NEAREST, parameters))
    assert user[0]["name"] == "learning_loop_app"
    assert "passages_words" in worded
    assert "embeddings_near_" in nearest
