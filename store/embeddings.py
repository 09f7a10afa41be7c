"""Vectors by model: which models there are, what lacks a vector of one, and filling or pruning it.

Each batch is a transaction of one workspace; what spans workspaces goes through them in turn.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import LiteralString, NamedTuple
from uuid import UUID

import psycopg

from domain.base import Model
from domain.knowledge import Change
from store.database import (
    INSTALLATION,
    Connection,
    Database,
    as_vector,
    execute,
    fetch_all,
    fetch_one,
)
from store.publishing import lock_releases
from store.queries import query


class Embedded(StrEnum):
    """What has vectors."""

    PROPOSALS = "proposals"
    ASKS = "asks"
    PASSAGES = "passages"


class EmbeddingModel(Model):
    """A model whose vectors the database knows, and the index of the live ones."""

    model: str
    dimension: int
    index_name: str | None
    index_bytes: int | None


class Coverage(NamedTuple):
    """How many there are, and how many of them have a vector of the model."""

    total: int
    embedded: int

    @property
    def missing(self) -> int:
        """How many have none."""
        return self.total - self.embedded

    def plus(self, other: "Coverage") -> "Coverage":
        """Return both together."""
        return Coverage(self.total + other.total, self.embedded + other.embedded)


class Unembedded(NamedTuple):
    """What has no vector of a model yet."""

    id: UUID
    said: str
    """The text of a passage or an ask, the content hash of a proposal: what has another one when
    its vector is stored was embedded as it no longer is, and does not get that vector."""
    change: Change | None
    """A proposal's, from which its text is made."""


class ModelDimensionError(RuntimeError):
    """The database knows the model with vectors of another length."""


async def ensure_model(database: Database, model: str, dimension: int) -> None:
    """Make the model known, and its index; raises ModelDimensionError.

    The first time for a model, writers of vectors wait while its (empty) index is made.
    """
    parameters = {"model": model, "dimension": dimension}
    try:
        async with database.transaction(INSTALLATION) as connection:
            await fetch_one(connection, query("ensure_embedding_model"), parameters)
    except psycopg.errors.CheckViolation as error:
        said = error.diag.message_primary
        raise ModelDimensionError(
            f"{said}: mend the embedding dimension, or give the model another name"
        ) from None


async def list_models(connection: Connection) -> list[EmbeddingModel]:
    """Return the models that have an index, oldest first."""
    rows = await fetch_all(connection, query("list_embedding_models"), {})
    return [EmbeddingModel.model_validate(row) for row in rows]


async def list_workspaces(database: Database) -> list[str]:
    """Return the ids of all workspaces, in the order of their letters' codes."""
    async with database.reading(INSTALLATION) as connection:
        rows = await fetch_all(connection, query("list_all_workspaces"), {})
    return sorted(row["id"] for row in rows)


_COUNTS: dict[Embedded, LiteralString] = {
    Embedded.PROPOSALS: query("count_embedded_proposals"),
    Embedded.ASKS: query("count_embedded_asks"),
    Embedded.PASSAGES: query("count_embedded_passages"),
}


async def count_embedded(
    connection: Connection, workspace: str, model: str, kind: Embedded
) -> Coverage:
    """Return how many of a workspace's texts of one kind have a vector of the model."""
    parameters = {"workspace": workspace, "model": model}
    row = await fetch_one(connection, _COUNTS[kind], parameters)
    return Coverage(row["total"], row["embedded"]) if row else Coverage(0, 0)


async def count_everywhere(
    database: Database, model: str, kinds: Sequence[Embedded] = tuple(Embedded)
) -> Coverage:
    """Return how many texts of all workspaces have a vector of the model."""
    found = Coverage(0, 0)
    for workspace in await list_workspaces(database):
        async with database.transaction(workspace) as connection:
            for kind in kinds:
                found = found.plus(await count_embedded(connection, workspace, model, kind))
    return found


_LISTS: dict[Embedded, LiteralString] = {
    Embedded.PROPOSALS: query("list_unembedded_proposals"),
    Embedded.ASKS: query("list_unembedded_asks"),
    Embedded.PASSAGES: query("list_unembedded_passages"),
}


async def list_unembedded(
    connection: Connection,
    workspace: str,
    model: str,
    kind: Embedded,
    *,
    after: UUID | None,
    limit: int,
) -> list[Unembedded]:
    """Return up to `limit` that lack a vector of the model, by id, from behind `after`.

    Closed passages are among them, since earlier releases are searched too.
    """
    rows = await fetch_all(
        connection,
        _LISTS[kind],
        {"workspace": workspace, "model": model, "after": after, "limit": limit},
    )
    return [
        Unembedded(row["id"], row["said"], row["change"] and Change.model_validate(row["change"]))
        for row in rows
    ]


_WRITES: dict[Embedded, LiteralString] = {
    Embedded.PROPOSALS: query("set_proposal_embeddings"),
    Embedded.ASKS: query("set_ask_embeddings"),
    Embedded.PASSAGES: query("insert_embeddings"),
}


async def store_vectors(
    connection: Connection,
    workspace: str,
    model: str,
    kind: Embedded,
    made: Sequence[tuple[Unembedded, Sequence[float]]],
) -> int:
    """Store the vectors of those that still lack one; return how many that were.

    Nobody can publish in the workspace until the transaction ends.
    """
    await lock_releases(connection, workspace)
    return await execute(
        connection,
        _WRITES[kind],
        {
            "workspace": workspace,
            "model": model,
            "ids": [unembedded.id for unembedded, _ in made],
            "said": [unembedded.said for unembedded, _ in made],
            "vectors": [as_vector(values) for _, values in made],
        },
    )


async def prune(connection: Connection, workspace: str, model: str, *, limit: int) -> int:
    """Delete up to `limit` vectors of passages of a model; return how many there were."""
    parameters = {"workspace": workspace, "model": model, "limit": limit}
    return await execute(connection, query("prune_embeddings"), parameters)


async def forget_model(database: Database, model: str) -> bool:
    """Drop the index of a model that has no vectors left; return False if it has some.

    Raises psycopg's LockNotAvailable where searches keep it from the index for two seconds.
    """
    async with database.transaction(INSTALLATION) as connection:
        row = await fetch_one(connection, query("forget_embedding_model"), {"model": model})
    return bool(row and row["forgotten"])
