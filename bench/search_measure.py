"""Times and checks searches of one loaded workspace: in the store, over HTTP, and the floor's."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import psycopg
from pydantic import BaseModel

from bench.errors import BenchError
from bench.figures import percentile
from bench.search_corpus import MadeItem, Vectors
from bench.stack import Bench, Tenant
from domain.identity import ApiRole
from domain.knowledge import Change, ItemKind, Operation
from domain.ranking import LEXICAL_WEIGHT, PHRASING_OFFSET
from gateways.embeddings import Embedder
from store.database import Database, as_vector
from store.publishing import Passage, Provenance, publish
from store.search import search

K = 10
Asked = Sequence[tuple[str, Vectors]]

# What a session of the store is set to as well, so that the floor looks through as much of the
# same index; it has no workspace to keep to, and no text to bring.
_SETTINGS = """
SELECT set_config('hnsw.ef_search', %(ef_search)s, false), set_config('jit', 'off', false)
"""
_RAW = """
SELECT passage_id FROM embeddings WHERE model = 'all-MiniLM-L6-v2' AND live
ORDER BY embedding::halfvec(384) <=> %(embedding)s::halfvec(384) LIMIT 10
"""
# Every passage compared with the query in every way that the search compares some of them.
_EXACT = """
WITH compared AS (
    SELECT e.item_id, p.source,
           1 - (e.embedding::vector(384) <=> %(embedding)s::vector(384)) AS similarity,
           coalesce(ts_rank('{1,1,1,1}', p.words, asked.every), 0) AS lexical
    FROM search_words('english', %(query)s) AS asked, embeddings e
    JOIN passages p ON p.workspace = e.workspace AND p.id = e.passage_id
    WHERE e.workspace = %(workspace)s AND e.model = 'all-MiniLM-L6-v2' AND e.live
), items AS (
    SELECT item_id, max(similarity) AS similarity,
           max(similarity + %(lexical_weight)s * lexical
               + CASE source WHEN 'phrasing' THEN %(phrasing_offset)s ELSE 0 END) AS rank
    FROM compared GROUP BY item_id
)
(SELECT 'rank' AS by, item_id FROM items ORDER BY rank DESC, item_id LIMIT 10)
UNION ALL
(SELECT 'similarity', item_id FROM items ORDER BY similarity DESC, item_id LIMIT 10)
"""
_INDEXED = """
SELECT item_id FROM embeddings
WHERE workspace = %(workspace)s AND model = 'all-MiniLM-L6-v2' AND live
ORDER BY embedding::halfvec(384) <=> %(embedding)s::halfvec(384) LIMIT 40
"""


class Times(BaseModel):
    """Milliseconds of a call."""

    count: int
    p50: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> "Times":
        """Return the percentiles of so many seconds each."""
        return cls(
            count=len(seconds),
            p50=round(percentile(seconds, 50) * 1_000, 2),
            p99=round(percentile(seconds, 99) * 1_000, 2),
        )


class StoreTimes(BaseModel):
    """The same queries through the store's search and as bare index scans, one after the other."""

    store: Times
    raw: Times


class Recall(BaseModel):
    """The share of the ten exact answers that were found."""

    queries: int
    search: float
    by_index: float


class HttpTimes(BaseModel):
    """Searches end to end, with the embedding of a text that the API has not seen before."""

    sequential: Times
    concurrent: Times
    clients: int
    per_second: float


def measure_embedding(model: Embedder, texts: Sequence[str]) -> Times:
    """Return the times of embedding one text after the other; none may be cached."""
    seconds: list[float] = []
    for text in texts:
        started = time.perf_counter()
        model.embed([text])
        seconds.append(time.perf_counter() - started)
    return Times.of(seconds)


async def measure_store(
    database: Database, bare: psycopg.AsyncConnection, workspace: str, asked: Asked, model: Embedder
) -> StoreTimes:
    """Return the times of the second pass; the first warms caches and prepares statements."""
    await _as_the_store(database, bare, workspace)
    ours: list[float] = []
    raw: list[float] = []
    for _ in range(2):
        ours.clear()
        raw.clear()
        for text, vector in asked:
            raw.append(await _timed(lambda v=vector: _raw_scan(bare, v)))
            ours.append(
                await _timed(lambda t=text, v=vector: _find(database, workspace, t, v, model))
            )
    return StoreTimes(store=Times.of(ours), raw=Times.of(raw))


async def measure_recall(
    database: Database,
    owner: psycopg.AsyncConnection,
    workspace: str,
    asked: Asked,
    model: Embedder,
) -> Recall:
    """Compare with the exact ranking of all passages of the workspace."""
    await _as_the_store(database, owner, workspace)
    found = near = 0
    for text, vector in asked:
        parameters = {
            "workspace": workspace,
            "query": text,
            "embedding": as_vector(vector.tolist()),
            "lexical_weight": LEXICAL_WEIGHT,
            "phrasing_offset": PHRASING_OFFSET,
        }
        rows = await (await owner.execute(_EXACT, parameters)).fetchall()
        by_rank = {item_id for by, item_id in rows if by == "rank"}
        by_similarity = {item_id for by, item_id in rows if by == "similarity"}
        found += len(by_rank & set(await _find(database, workspace, text, vector, model)))
        indexed = await (await owner.execute(_INDEXED, parameters)).fetchall()
        first = list(dict.fromkeys(item_id for (item_id,) in indexed))[:K]
        near += len(by_similarity & set(first))
    wanted = K * len(asked)
    return Recall(
        queries=len(asked), search=round(found / wanted, 4), by_index=round(near / wanted, 4)
    )


async def measure_http(
    bench: Bench, tenant: Tenant, one_by_one: Sequence[str], at_once: Sequence[str], *, clients: int
) -> HttpTimes:
    """Ask the API over a real socket: by one client, then by several at once."""

    async def ask(text: str) -> None:
        answer = await bench.http.post(
            "/v1/knowledge/search",
            json={"query": text, "k": K},
            headers=tenant.headers(ApiRole.AGENT),
        )
        if answer.status_code != 200 or not answer.json()["items"]:
            raise BenchError(f"a search was answered with {answer.status_code} and no items")

    await ask(one_by_one[0])
    sequential = [await _timed(lambda t=text: ask(t)) for text in one_by_one[1:]]
    waiting = list(at_once)
    taken: list[float] = []

    async def client() -> None:
        while waiting:
            text = waiting.pop()
            taken.append(await _timed(lambda t=text: ask(t)))

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return HttpTimes(
        sequential=Times.of(sequential),
        concurrent=Times.of(taken),
        clients=clients,
        per_second=round(len(at_once) / (time.perf_counter() - started), 1),
    )


async def measure_applies(
    database: Database, workspace: str, items: Sequence[MadeItem], model: Embedder
) -> float:
    """Return how many items a second are published, each in a transaction of its own."""
    started = time.perf_counter()
    for item in items:
        change = Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=item.content)
        passages = [Passage(p.body, p.vector.tolist(), p.source) for p in item.passages]
        async with database.transaction(workspace) as connection:
            await publish(
                connection,
                workspace,
                change,
                passages=passages,
                model=model.name,
                provenance=Provenance(approved_by=("bench",)),
            )
    return round(len(items) / (time.perf_counter() - started), 1)


async def _as_the_store(database: Database, bare: psycopg.AsyncConnection, workspace: str) -> None:
    async with database.reading(workspace) as connection:
        cursor = await connection.execute("SELECT current_setting('hnsw.ef_search') AS ef_search")
        row = await cursor.fetchone()
    await bare.execute(_SETTINGS, row)


async def _find(
    database: Database, workspace: str, text: str, vector: Vectors, model: Embedder
) -> list[object]:
    async with database.reading(workspace) as connection:
        hits = await search(
            connection, workspace, text=text, embedding=vector.tolist(), model=model.name, k=K
        )
    return [hit.item.id for hit in hits]


async def _raw_scan(bare: psycopg.AsyncConnection, vector: Vectors) -> object:
    cursor = await bare.execute(_RAW, {"embedding": as_vector(vector.tolist())})
    return await cursor.fetchall()


async def _timed(act: Callable[[], Awaitable[object]]) -> float:
    started = time.perf_counter()
    await act()
    return time.perf_counter() - started
