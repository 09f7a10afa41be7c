"""`python -m bench.search`: measures search at scale beside the raw index scan (DESIGN §7)."""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psycopg

from bench import search_corpus, search_report
from bench.errors import BenchError
from bench.report import machine, now
from bench.search_corpus import Rows, load_rows, make_items
from bench.search_load import Loaded, load, without_search_indexes
from bench.search_measure import (
    Asked,
    StoreTimes,
    measure_applies,
    measure_embedding,
    measure_http,
    measure_recall,
    measure_store,
)
from bench.search_report import Memory, SearchReport, SizeFigures, Sizes
from bench.stack import Bench, Tenant, bench_stack, resident_megabytes
from embedded.stack import Part
from gateways.embeddings import Embedder, load_embedder
from store.database import Database

_SIZES = (1_000, 10_000, 100_000)
_CLIENTS = 8
_RECALL_QUERIES = 40
_APPLIED = 50
_APPLIED_SEED = 77


class Options(argparse.Namespace):
    """What to run."""

    sizes: list[int]
    queries: int


@dataclass(frozen=True)
class Held:
    """What every measurement of a run works with."""

    bench: Bench
    database: Database
    embedder: Embedder
    rows: Rows
    asked: Asked
    unseen: Iterator[list[str]]
    """So many queries at a time, which the API's embedder has not cached."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the bench and print its table; return 1 where the figures would mean nothing."""
    options = _options(argv)
    found = None
    try:
        found = asyncio.run(run(options))
    except* BenchError as group:
        sys.stderr.write(f"bench.search: {group.exceptions[0]}\n")
    if found is None:
        return 1
    search_report.write(found)
    sys.stdout.write(search_report.render(found) + "\n")
    return 0


def _options(argv: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument(
        "--sizes", type=_size, nargs="+", default=list(_SIZES), help="items of each workspace"
    )
    parser.add_argument("--queries", type=_count, default=200, help="queries timed in each way")
    options = parser.parse_args(argv, namespace=Options())
    options.sizes = sorted(set(options.sizes))
    return options


def _size(text: str) -> int:
    return _within(text, 100, 1_000_000)


def _count(text: str) -> int:
    return _within(text, 10, 400)


def _within(text: str, least: int, most: int) -> int:
    number = int(text)
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"must be from {least} to {most}")
    return number


async def run(options: Options) -> SearchReport:
    """Return the figures of one run on a stack of its own."""
    before = machine()
    # First of all, so that absent data is told before anything is started.
    search_corpus.read_texts()
    embedder = await asyncio.to_thread(load_embedder)
    rows = await asyncio.to_thread(load_rows, embedder)
    alone = await asyncio.to_thread(measure_embedding, embedder, rows.texts[-options.queries :])
    closeness = await asyncio.to_thread(search_corpus.closeness, rows, embedder)
    async with (
        bench_stack() as bench,
        Database(bench.stack.info.database_url, max_size=1) as database,
    ):
        asked = search_corpus.queries(rows, search_corpus.QUERIES)
        unseen = _unseen([text for text, _ in asked[options.queries :]], options.queries)
        held = Held(bench, database, embedder, rows, asked[: options.queries], unseen)
        sizes: list[SizeFigures] = []
        tenants: list[Tenant] = []
        for count in options.sizes:
            tenants.append(await bench.workspace())
            sizes.append(await _measure(held, tenants[-1], count))
        beside: StoreTimes | None = None
        if len(sizes) > 1:
            beside = await measure_store(
                database, bench.database, tenants[0].name, held.asked, embedder
            )
    return SearchReport(
        at=now(),
        machine=before,
        closeness=round(closeness, 3),
        embedding=alone,
        sizes=sizes,
        beside=beside and beside.store,
    )


def _unseen(texts: list[str], count: int) -> Iterator[list[str]]:
    """Yield `count` texts at a time; begin again when all have been asked."""
    while True:
        for start in range(0, len(texts) - count + 1, count):
            yield texts[start : start + count]


async def _measure(held: Held, tenant: Tenant, count: int) -> SizeFigures:
    bench, embedder = held.bench, held.embedder
    loaded, built = await asyncio.to_thread(
        _load, bench.stack.info.database_url, tenant, count, held.rows, embedder
    )
    asked, owner = held.asked, bench.database
    times = await measure_store(held.database, owner, tenant.name, asked, embedder)
    few = asked[:_RECALL_QUERIES]
    recall = await measure_recall(held.database, owner, tenant.name, few, embedder)
    http = await measure_http(bench, tenant, next(held.unseen), next(held.unseen), clients=_CLIENTS)
    memory = await _memory(held)
    disk = await _disk(bench.database)
    more = list(make_items(held.rows, _APPLIED, seed=_APPLIED_SEED + count))
    applies = await measure_applies(held.database, tenant.name, more, embedder)
    nearest, words = _seconds(built)
    return SizeFigures(
        items=loaded.items,
        passages=loaded.passages,
        load_seconds=round(loaded.seconds, 1),
        nearest_index_seconds=nearest,
        words_index_seconds=words,
        disk=disk,
        memory=memory,
        store=times,
        recall=recall,
        http=http,
        applies_per_second=applies,
    )


def _load(
    url: str, tenant: Tenant, count: int, rows: Rows, embedder: Embedder
) -> tuple[Loaded, dict[str, float]]:
    """Load one workspace; return what went in, and how long each index took to build."""
    with psycopg.connect(url, autocommit=True) as connection:
        with without_search_indexes(connection) as built:
            items = make_items(rows, count, seed=count)
            loaded = load(connection, tenant.name, items, count=count, model=embedder.name)
        return loaded, built


def _seconds(built: dict[str, float]) -> tuple[float, float]:
    nearest = sum(seconds for name, seconds in built.items() if name.startswith("embeddings_near"))
    return round(nearest, 1), round(built["passages_words"], 1)


async def _disk(owner: psycopg.AsyncConnection) -> Sizes:
    cursor = await owner.execute(
        "SELECT pg_table_size('passages'), pg_table_size('embeddings'),"
        " (SELECT sum(pg_relation_size(oid)) FROM pg_class WHERE relkind = 'i'"
        "  AND relname LIKE 'embeddings_near%'), pg_relation_size('passages_words')"
    )
    row = await cursor.fetchone()
    if row is None:
        raise BenchError("Postgres did not tell its sizes")
    passages, embeddings, nearest, words = (round(float(size) / 1e6, 1) for size in row)
    return Sizes(passages=passages, embeddings=embeddings, nearest_index=nearest, words_index=words)


async def _memory(held: Held) -> Memory:
    cursor = await held.bench.database.execute(
        "SELECT pg_size_bytes(current_setting('shared_buffers')), pg_backend_pid()"
    )
    row = await cursor.fetchone()
    if row is None:
        raise BenchError("Postgres did not tell its settings")
    return Memory(
        shared_buffers=round(row[0] / 1e6, 1),
        backend=resident_megabytes(row[1]),
        api=resident_megabytes(held.bench.stack.pid(Part.API)),
    )


if __name__ == "__main__":
    raise SystemExit(main())
