"""Fills a workspace with made items by COPY, as the owner, and builds the indexes afterwards."""

import time
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from bench.search_corpus import MadeItem, Vectors, show_progress

_BATCH = 2_000
_BUILD_MEMORY = "1GB"
_INDEXES = ("passages", "embeddings")

_COLUMNS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "items": (
        ("workspace", "text"),
        ("id", "uuid"),
        ("kind", "text"),
        ("head_revision", "int4"),
    ),
    "releases": (
        ("workspace", "text"),
        ("number", "int4"),
        ("item_id", "uuid"),
        ("revision", "int4"),
        ("kind", "text"),
        ("operation", "text"),
        ("content_hash", "text"),
    ),
    "revisions": (
        ("workspace", "text"),
        ("item_id", "uuid"),
        ("number", "int4"),
        ("kind", "text"),
        ("operation", "text"),
        ("content", "jsonb"),
        ("content_hash", "text"),
        ("release", "int4"),
    ),
    "passages": (
        ("workspace", "text"),
        ("id", "uuid"),
        ("item_id", "uuid"),
        ("kind", "text"),
        ("source", "text"),
        ("body", "text"),
        ("from_release", "int4"),
    ),
    "embeddings": (
        ("workspace", "text"),
        ("passage_id", "uuid"),
        ("item_id", "uuid"),
        ("kind", "text"),
        ("tags", "text[]"),
        ("model", "text"),
        ("live", "bool"),
        # A vector is sent in its own binary form, which psycopg passes on as it passes bytes.
        ("embedding", "bytea"),
    ),
}

Record = tuple[Any, ...]


@dataclass(frozen=True)
class Loaded:
    """What went in, and how long that took without the indexes."""

    items: int
    passages: int
    seconds: float


def load(
    connection: psycopg.Connection,
    workspace: str,
    items: Iterable[MadeItem],
    *,
    count: int,
    model: str,
) -> Loaded:
    """Add the items to an empty workspace, each with a release of its own."""
    started = time.perf_counter()
    stream = iter(items)
    done = passages = 0
    while batch := list(islice(stream, _BATCH)):
        with connection.transaction():
            passages += _load_batch(connection, workspace, batch, first=done + 1, model=model)
        done += len(batch)
        rate = done / (time.perf_counter() - started)
        show_progress("loading items", done, count, rate)
    return Loaded(done, passages, time.perf_counter() - started)


@contextmanager
def without_search_indexes(connection: psycopg.Connection) -> Generator[dict[str, float]]:
    """Drop the HNSW and GIN indexes meanwhile; yields the seconds that each took to build again."""
    found = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(%s)"
        " AND indexdef ~ 'USING (hnsw|gin)' ORDER BY indexname",
        [list(_INDEXES)],
    ).fetchall()
    for name, _ in found:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    seconds: dict[str, float] = {}
    yield seconds
    connection.execute(f"SET maintenance_work_mem = '{_BUILD_MEMORY}'")
    for name, definition in found:
        started = time.perf_counter()
        # As Postgres itself printed it.
        connection.execute(definition)
        seconds[name] = time.perf_counter() - started
    connection.execute("VACUUM (ANALYZE) passages, embeddings, items, revisions")


def _load_batch(
    connection: psycopg.Connection,
    workspace: str,
    batch: Sequence[MadeItem],
    *,
    first: int,
    model: str,
) -> int:
    records: dict[str, list[Record]] = {table: [] for table in _COLUMNS}
    # Ids in order of time, as the product's own are: rows lie in the table as they do in its index.
    count = len(batch) + sum(len(item.passages) for item in batch)
    made = connection.execute("SELECT uuidv7() FROM generate_series(1, %s)", [count]).fetchall()
    ids = (row[0] for row in made)
    for release, item in enumerate(batch, start=first):
        _add_records(records, workspace, item, release=release, model=model, ids=ids)
    for table, rows in records.items():
        _copy(connection, table, rows)
    return len(records["passages"])


def _add_records(
    records: Mapping[str, list[Record]],
    workspace: str,
    item: MadeItem,
    *,
    release: int,
    model: str,
    ids: Iterator[UUID],
) -> None:
    item_id, kind, digest = next(ids), "article", f"bench-{release}"
    content = Jsonb(item.content.model_dump(mode="json"))
    records["items"].append((workspace, item_id, kind, 1))
    records["releases"].append((workspace, release, item_id, 1, kind, "add", digest))
    records["revisions"].append((workspace, item_id, 1, kind, "add", content, digest, release))
    tags = list(item.content.tags)
    for passage in item.passages:
        passage_id = next(ids)
        records["passages"].append(
            (workspace, passage_id, item_id, kind, passage.source, passage.body, release)
        )
        records["embeddings"].append(
            (workspace, passage_id, item_id, kind, tags, model, True, _binary(passage.vector))
        )


def _copy(connection: psycopg.Connection, table: str, rows: Sequence[Record]) -> None:
    columns = _COLUMNS[table]
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns)
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([kind for _, kind in columns])
        for row in rows:
            copy.write_row(row)


def _binary(vector: Vectors) -> bytes:
    """Return pgvector's binary form: the length, an unused field, then big-endian floats."""
    return len(vector).to_bytes(2) + b"\0\0" + vector.astype(">f4").tobytes()
