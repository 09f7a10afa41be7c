"""Gives texts that lack a vector of a model theirs, batch by batch."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from enum import StrEnum
from itertools import dropwhile
from typing import NamedTuple
from uuid import UUID

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.comparing import text_of_change
from activities.failures import heartbeats, told_to_temporal
from activities.kit import Kit
from domain.base import Message
from gateways.embeddings import Embedder
from store.embeddings import (
    Embedded,
    ModelDimensionError,
    Unembedded,
    ensure_model,
    list_unembedded,
    list_workspaces,
    store_vectors,
)

_ATTEMPTS_TO_FIND_THE_MODEL = 40
"""Each may reach another worker, one of which may be configured with the model."""


class ReembedReach(StrEnum):
    """What gets vectors of the model.

    Asks and proposals have one vector each, of the model that serves: theirs are only made anew
    once the model does. Passages have one of each model.
    """

    PASSAGES = "passages"
    EVERYTHING = "everything"

    @property
    def kinds(self) -> tuple[Embedded, ...]:
        """What that is, the fewest first."""
        return (Embedded.PASSAGES,) if self is ReembedReach.PASSAGES else tuple(Embedded)


class ReembedPlace(Message):
    """What lies before it has its vectors; kinds in their order, then workspaces, then ids."""

    kind: Embedded
    workspace: str
    after: UUID


class ReembedPassagesInput(Message):
    """Go on from `place` and handle about `most` texts, so many at once."""

    model: str
    reach: ReembedReach
    place: ReembedPlace | None = None
    most: int = 1_000
    at_once: int = 32


class ReembedPassagesResult(Message):
    """How many vectors were stored, and where to go on; None at the end."""

    stored: int
    place: ReembedPlace | None


class _Progress(Message):
    """What the next attempt finds in the last heartbeat."""

    stored: int = 0
    place: ReembedPlace | None = None


class _Batch(NamedTuple):
    kind: Embedded
    workspace: str
    texts: Sequence[Unembedded]


class ReembedPassages:
    """Holds the database and the embedders."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def reembed_passages(self, task: ReembedPassagesInput) -> ReembedPassagesResult:
        """Store vectors of the model for what lacks one, in all workspaces.

        Side effect: rows of `embeddings`, and the vectors of asks and open proposals. Idempotent:
        what has its vector keeps it. Each batch is a transaction, so that an attempt that is
        killed loses one; the next goes on where its last heartbeat was. Nobody publishes in a
        workspace while a batch of it is stored, which is why batches are small. Permanent
        failures: `model_dimension`, `embedding_model_unknown` (no worker is configured with the
        model), and those of the provider that say so.
        """
        progress = _earlier_progress() or _Progress(place=task.place)
        async with told_to_temporal(), heartbeats(lambda: progress):
            embedder = await self._embedder(task.model)
            handled = 0
            async for batch in self._lacking(task, progress.place):
                stored = await self._fill(embedder, batch)
                handled += len(batch.texts)
                place = ReembedPlace(
                    kind=batch.kind, workspace=batch.workspace, after=batch.texts[-1].id
                )
                progress = _Progress(stored=progress.stored + stored, place=place)
                activity.heartbeat(progress)
                if handled >= task.most:
                    return ReembedPassagesResult(stored=progress.stored, place=place)
            return ReembedPassagesResult(stored=progress.stored, place=None)

    async def _embedder(self, model: str) -> Embedder:
        embedder = embedder_of(self._kit, model)
        if embedder is None:
            raise ApplicationError(
                f"no worker is configured with the embedding model {model}",
                type="embedding_model_unknown",
                non_retryable=activity.info().attempt >= _ATTEMPTS_TO_FIND_THE_MODEL,
            )
        try:
            await ensure_model(self._kit.database, model, embedder.dimension)
        except ModelDimensionError as error:
            raise ApplicationError(str(error), type="model_dimension", non_retryable=True) from None
        return embedder

    async def _lacking(
        self, task: ReembedPassagesInput, place: ReembedPlace | None
    ) -> AsyncGenerator[_Batch]:
        """Yield what lacks a vector, from behind `place`; no transaction is open meanwhile."""
        workspaces = await list_workspaces(self._kit.database)
        for kind in dropwhile(lambda kind: place and kind is not place.kind, task.reach.kinds):
            here = place if place and place.kind is kind else None
            for workspace in workspaces:
                if here and workspace < here.workspace:
                    continue
                after = here.after if here and workspace == here.workspace else None
                while batch := await self._next(task, kind, workspace, after):
                    yield _Batch(kind, workspace, batch)
                    after = batch[-1].id

    async def _next(
        self, task: ReembedPassagesInput, kind: Embedded, workspace: str, after: UUID | None
    ) -> list[Unembedded]:
        async with self._kit.database.transaction(workspace) as connection:
            return await list_unembedded(
                connection, workspace, task.model, kind, after=after, limit=task.at_once
            )

    async def _fill(self, embedder: Embedder, batch: _Batch) -> int:
        texts = [await self._text(batch.workspace, unembedded) for unembedded in batch.texts]
        vectors = await asyncio.to_thread(embedder.embed, texts)
        made = list(zip(batch.texts, vectors.tolist(), strict=True))
        async with self._kit.database.transaction(batch.workspace) as connection:
            return await store_vectors(connection, batch.workspace, embedder.name, batch.kind, made)

    async def _text(self, workspace: str, unembedded: Unembedded) -> str:
        if unembedded.change is None:
            return unembedded.said
        return await text_of_change(self._kit, workspace, unembedded.change)


def embedder_of(kit: Kit, model: str) -> Embedder | None:
    """Return the embedder of a model, if this worker has it."""
    if kit.embedder.name == model:
        return kit.embedder
    following = kit.next_embedder
    return following.embedder if following and following.name == model else None


def _earlier_progress() -> _Progress | None:
    """Return how far the attempt before this one came."""
    details = activity.info().heartbeat_details
    return _Progress.model_validate(details[0]) if details else None
