"""Search: the items that answer a query best, now or as of an earlier release.

How candidates are ordered, and how sure a hit is, stands in `domain/ranking.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from psycopg import sql

from domain.knowledge import Hit, Item, ItemKind, ItemStatus
from domain.languages import text_configuration
from domain.ranking import (
    LEXICAL_WEIGHT,
    PHRASING_OFFSET,
    RIVALS,
    Candidate,
    confidences,
)
from store.database import Connection, Row, as_vector
from store.queries import query

_REACH = 160
"""How many passages each arm brings at least."""

_PER_ITEM = 4
"""How many passages each arm brings for each item that is wanted."""

_WIDER = 8
"""By how much the reach grows while the nearest passages are of too few items."""

_READ = 500
"""How many passages with a word of the query are looked at, at most."""


class _Moment(StrEnum):
    """Which knowledge is searched."""

    NOW = "now"
    AS_OF = "as of a release"


class _Precision(StrEnum):
    """In which form vectors are compared: as the index has them, or as the table has them."""

    INDEXED = "halfvec"
    EXACT = "vector"


_NOTHING = {"near_items": 0, "near_live": 0, "near_closed": 0}


@dataclass(frozen=True)
class _Attempt:
    """How far one query looks, and how well."""

    reach: int
    precision: _Precision = _Precision.INDEXED

    def next(self, rows: Sequence[Row], wanted: int) -> "_Attempt | None":
        """Return how to look again after these rows, or None where nothing can be missing.

        An index scan may end before it has brought what was asked for: then every row is read. And
        passages of few items may have crowded out those of others: then more are asked for.
        """
        first = rows[0] if rows else _NOTHING
        if self.precision is _Precision.INDEXED and first["near_live"] < self.reach:
            return _Attempt(self.reach, _Precision.EXACT)
        crowded = max(first["near_live"], first["near_closed"]) >= self.reach
        if crowded and first["near_items"] < wanted:
            return _Attempt(self.reach * _WIDER, self.precision)
        return None


async def search(
    connection: Connection,
    workspace: str,
    *,
    text: str,
    embedding: Sequence[float],
    model: str,
    k: int = 8,
    kinds: Sequence[ItemKind] = (),
    tags: Sequence[str] = (),
    language: str | None = None,
    as_of: int | None = None,
) -> list[Hit]:
    """Return the `k` items that answer the query best, best first; equal ones by id.

    `kinds` and `tags` keep the items that are of one of the kinds and have one of the tags; empty
    means any. `language` is the query's, as ISO 639-1 (the workspace's where None). `as_of` is a
    release: the items are what they were then. The similarity is that of the query and the item's
    best passage (its content, or a phrasing that a customer used).
    """
    # The confidences weigh an item against its rivals, so a few more are read than are wanted.
    wanted = max(k, RIVALS + 1)
    parameters: dict[str, Any] = {
        "workspace": workspace,
        "query": text,
        "configuration": text_configuration(language) if language else None,
        "embedding": as_vector(embedding),
        "kinds": [kind.value for kind in kinds] or None,
        "tags": list(tags) or None,
        "as_of": as_of,
        "lexical_weight": LEXICAL_WEIGHT,
        "phrasing_offset": PHRASING_OFFSET,
        "read": _READ,
        "limit": wanted,
    }
    moment = _Moment.NOW if as_of is None else _Moment.AS_OF
    rows: list[Row] = []
    attempt: _Attempt | None = _Attempt(max(_REACH, _PER_ITEM * k))
    while attempt is not None:
        statement = _statement(moment, attempt.precision, model, len(embedding))
        cursor = await connection.execute(statement, {**parameters, "reach": attempt.reach})
        rows = await cursor.fetchall()
        attempt = attempt.next(rows, k)
    return _hits(rows, model)[:k]


@cache
def _statement(moment: _Moment, precision: _Precision, model: str, dimension: int) -> bytes:
    """Return the query; its text differs by what decides which index the planner may use."""
    if moment is _Moment.NOW:
        nearest, worded = query("nearest_now"), query("worded_now")
    else:
        nearest, worded = query("nearest_as_of"), query("worded_as_of")
    parts = {
        # A percent sign would be taken for the begin of a parameter.
        "model": sql.Literal(model.replace("%", "%%")),
        "dimension": sql.Literal(dimension),
        "precision": sql.Identifier(precision.value),
    }
    whole = sql.SQL(query("search")).format(
        **parts,
        nearest=sql.SQL(nearest).format(**parts),
        worded=sql.SQL(worded).format(**parts),
    )
    return whole.as_bytes(None)


def _hits(rows: Sequence[Row], model: str) -> list[Hit]:
    sure = confidences(
        [Candidate(row["similarity"], row["lexical"], row["source"]) for row in rows], model
    )
    return [
        Hit(
            item=Item(
                id=row["id"],
                kind=row["kind"],
                # What is found was active at that moment, whatever became of it.
                status=ItemStatus.ACTIVE,
                revision=row["revision"],
                content=row["content"],
            ),
            score=confidence,
            similarity=min(1.0, max(0.0, row["similarity"])),
            matched=row["matched"],
            source=row["source"],
        )
        for row, confidence in zip(rows, sure, strict=True)
    ]
