"""The texts by which items are found, beside a query: what an agent weighs to be certain."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from psycopg import sql

from domain.ranking import Source
from store.database import Connection, as_vector
from store.queries import query


class StoredWording(NamedTuple):
    """A text of an item, with its cosine similarity, its lexical rank, and its vector.

    `vector` is pgvector's binary form: two 16-bit integers, the first of which is the dimension,
    then that many 32-bit floats, all big-endian.
    """

    item_id: UUID
    similarity: float
    lexical: float
    vector: bytes
    source: Source


async def near_wordings(
    connection: Connection,
    workspace: str,
    *,
    text: str,
    embedding: Sequence[float],
    model: str,
    item_ids: Sequence[UUID],
    per_item: int,
    as_of: int | None = None,
) -> list[StoredWording]:
    """Return of each of these items the texts that are nearest to the query, in no order.

    Those that have no vector of the model are left out. `as_of` is a release: the texts are those
    by which the items were found then.
    """
    text_of = query("near_wordings") if as_of is None else query("near_wordings_as_of")
    statement = sql.SQL(text_of).format(
        # A percent sign would be taken for the begin of a parameter.
        model=sql.Literal(model.replace("%", "%%")),
        dimension=sql.Literal(len(embedding)),
    )
    cursor = connection.cursor(binary=True)
    await cursor.execute(
        statement,
        {
            "workspace": workspace,
            "query": text,
            "embedding": as_vector(embedding),
            "item_ids": list(item_ids),
            "per_item": per_item,
            "as_of": as_of,
        },
    )
    return [
        StoredWording(
            row["item_id"], row["similarity"], row["lexical"], row["vector"], row["source"]
        )
        for row in await cursor.fetchall()
    ]
