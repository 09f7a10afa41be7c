"""Golden queries, and the past queries that share words with a text."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from domain.base import Model
from domain.erasure import ERASED
from domain.golden import Expected, GoldenQuery
from domain.outcomes import HandledBy
from store.database import Connection, execute, fetch_all, fetch_one
from store.queries import query

NEWEST = 5_000
"""How many of the newest queries are looked through for those that share words with a text."""


class Put(NamedTuple):
    """A golden query as it is stored, and whether it was not there before."""

    golden: GoldenQuery
    is_new: bool


class ServedQuery(Model):
    """A query that was served, as it was served last."""

    id: UUID
    query: str
    handled_by: HandledBy
    known_correct: bool
    known_wrong: bool
    """Whether an agent's answer was wrong, as was reported or as an intervention showed, and its
    items say today what they said then."""
    answered_from: tuple[UUID, ...] = ()
    """The items that it was answered from."""


class KeptGolden(Model):
    """What a golden query holds of people's words."""

    id: UUID
    query: str
    must_contain: tuple[str, ...]
    note: str


async def put_golden_query(
    connection: Connection,
    workspace: str,
    *,
    text: str,
    expected: Expected,
    note: str,
    created_by: str,
) -> Put:
    """Store a golden query, or what is expected of one that is there. `text` must be redacted."""
    row = await fetch_one(
        connection,
        query("put_golden_query"),
        {
            "workspace": workspace,
            "query": text,
            "expects": expected.expects,
            "must_contain": list(expected.must_contain),
            "item_id": expected.item_id,
            "note": note,
            "created_by": created_by,
        },
    )
    fields = dict(row or {})
    is_new = bool(fields.pop("added"))
    return Put(GoldenQuery.model_validate(fields), is_new)


async def list_golden_queries(
    connection: Connection, workspace: str, *, before: UUID | None = None, limit: int = 50
) -> list[GoldenQuery]:
    """Return up to `limit` golden queries, newest first; `before` is the last id of a page."""
    rows = await fetch_all(
        connection,
        query("list_golden_queries"),
        {"workspace": workspace, "before": before, "limit": limit},
    )
    return [GoldenQuery.model_validate(row) for row in rows]


async def count_golden_queries(connection: Connection, workspace: str) -> int:
    """Return how many golden queries there are."""
    row = await fetch_one(connection, query("count_golden_queries"), {"workspace": workspace})
    return int(row["count"]) if row else 0


async def retire_golden_query(connection: Connection, workspace: str, golden_id: UUID) -> bool:
    """Take a golden query out of the set; return whether it was in it."""
    of = {"workspace": workspace, "id": golden_id}
    return await fetch_one(connection, query("retire_golden_query"), of) is not None


async def candidate_golden_queries(
    connection: Connection, workspace: str, *, words: Sequence[str], limit: int
) -> list[GoldenQuery]:
    """Return the golden queries of the newest `NEWEST` that share most of the words."""
    rows = await fetch_all(
        connection,
        query("candidate_golden_queries"),
        {"workspace": workspace, "words": list(words), "newest": NEWEST, "limit": limit},
    )
    return [GoldenQuery.model_validate(row) for row in rows]


async def candidate_outcomes(
    connection: Connection, workspace: str, *, words: Sequence[str], limit: int
) -> list[ServedQuery]:
    """Return the served queries of the newest `NEWEST` that share most of the words."""
    rows = await fetch_all(
        connection,
        query("candidate_outcomes"),
        {
            "workspace": workspace,
            "words": list(words),
            "newest": NEWEST,
            "limit": limit,
            "erased": ERASED,
        },
    )
    return [ServedQuery.model_validate(row) for row in rows]


async def list_to_erase(connection: Connection, workspace: str) -> list[KeptGolden]:
    """Return every golden query, in the set or not, as an erasure looks through it."""
    rows = await fetch_all(
        connection, query("list_golden_queries_to_erase"), {"workspace": workspace}
    )
    return [KeptGolden.model_validate(row) for row in rows]


async def erase_golden_query(connection: Connection, workspace: str, left: KeptGolden) -> None:
    """Keep only what is left of a golden query, out of the set."""
    await execute(
        connection,
        query("erase_golden_query"),
        {
            "workspace": workspace,
            "id": left.id,
            "query": left.query,
            "must_contain": list(left.must_contain),
            "note": left.note,
        },
    )
