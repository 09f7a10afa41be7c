"""Which embedding models there are and how they stand; starting and pruning one."""

import time
from enum import StrEnum
from typing import NamedTuple

import psycopg

from activities.reembed_passages import ReembedReach
from api.context import Context
from api.problems import ProblemError
from domain.identity import Principal
from gateways.embeddings import EmbeddingSpace
from store import audit
from store import embeddings as stored
from store.database import INSTALLATION
from workflows.reembed_client import ReembedReport, ReembedState

_PRUNE_AT_ONCE = 1_000
_PRUNE_SECONDS = 10.0
"""How long one call deletes; a client that waits must hear of it."""


class ModelUse(StrEnum):
    """What a model's vectors are for."""

    SERVING = "serving"
    NEXT = "next"
    NONE = "none"


class Standing(NamedTuple):
    """One model, and what of a workspace has a vector of it."""

    model: str
    dimension: int
    use: ModelUse
    passages: stored.Coverage
    asks: stored.Coverage
    proposals: stored.Coverage
    index_name: str | None
    index_bytes: int | None
    report: ReembedReport | None


class Started(NamedTuple):
    """A re-embedding that runs."""

    model: str
    reach: ReembedReach
    workflow_id: str


class Pruned(NamedTuple):
    """What a call has deleted, and whether nothing is left."""

    deleted: int
    is_through: bool


async def list_models(context: Context, workspace: str) -> list[Standing]:
    """Return the serving model, the next one, and then those that have an index besides."""
    async with context.database.transaction(workspace) as connection:
        known = {model.model: model for model in await stored.list_models(connection)}
    spaces = _spaces(context)
    used = {space.model for space in spaces.values()}
    others = [EmbeddingSpace(m.model, m.dimension) for m in known.values() if m.model not in used]
    listed = [
        *((space, use) for use, space in spaces.items()),
        *((space, ModelUse.NONE) for space in others),
    ]
    return [
        await _standing(context, workspace, space, use, known.get(space.model))
        for space, use in listed
    ]


async def _standing(
    context: Context,
    workspace: str,
    space: EmbeddingSpace,
    use: ModelUse,
    known: stored.EmbeddingModel | None,
) -> Standing:
    async with context.database.transaction(workspace) as connection:
        counts = {
            kind: await stored.count_embedded(connection, workspace, space.model, kind)
            for kind in stored.Embedded
        }
    return Standing(
        model=space.model,
        dimension=known.dimension if known else space.dimension,
        use=use,
        passages=counts[stored.Embedded.PASSAGES],
        asks=counts[stored.Embedded.ASKS],
        proposals=counts[stored.Embedded.PROPOSALS],
        index_name=known.index_name if known else None,
        index_bytes=known.index_bytes if known else None,
        report=await context.reembedding.report(space.model),
    )


async def start(context: Context, caller: Principal) -> Started:
    """Start re-embedding for the next model, or for the serving one where none is next."""
    spaces = _spaces(context)
    use = ModelUse.NEXT if ModelUse.NEXT in spaces else ModelUse.SERVING
    reach = ReembedReach.PASSAGES if use is ModelUse.NEXT else ReembedReach.EVERYTHING
    model = spaces[use].model
    workflow_id = await context.reembedding.start(model, reach)
    await _record(context, caller, "reembedding_started", model)
    return Started(model, reach, workflow_id)


async def prune(context: Context, caller: Principal, model: str) -> Pruned:
    """Delete vectors of a model for a while; raises the problems of one that cannot be pruned."""
    await _check_unused(context, model)
    deadline = time.monotonic() + _PRUNE_SECONDS
    deleted = 0
    for workspace in await stored.list_workspaces(context.database):
        while count := await _prune_some(context, workspace, model):
            deleted += count
            if time.monotonic() > deadline:
                return await _pruned(context, caller, model, deleted, is_through=False)
    try:
        is_through = await stored.forget_model(context.database, model)
    except psycopg.errors.LockNotAvailable:
        # Searches keep the table busy; the next call tries again.
        is_through = False
    return await _pruned(context, caller, model, deleted, is_through=is_through)


async def _prune_some(context: Context, workspace: str, model: str) -> int:
    async with context.database.transaction(workspace) as connection:
        return await stored.prune(connection, workspace, model, limit=_PRUNE_AT_ONCE)


async def _pruned(
    context: Context, caller: Principal, model: str, deleted: int, *, is_through: bool
) -> Pruned:
    await _record(context, caller, "embeddings_pruned", model, deleted=deleted)
    return Pruned(deleted, is_through)


async def _check_unused(context: Context, model: str) -> None:
    if model in {space.model for space in _spaces(context).values()}:
        raise ProblemError(
            409,
            "model_in_use",
            "The model serves, or is to serve next",
            "Only the vectors of a model that no setting names can be deleted.",
        )
    async with context.database.transaction(INSTALLATION) as connection:
        known = {found.model for found in await stored.list_models(connection)}
    if model not in known:
        raise ProblemError(404, "not_found", "There is no such embedding model")
    report = await context.reembedding.report(model)
    if report is not None and report.state is ReembedState.RUNNING:
        raise ProblemError(
            409,
            "model_in_use",
            "Vectors of the model are being made",
            f"End the workflow {report.workflow_id} first.",
        )


async def _record(
    context: Context, caller: Principal, action: str, model: str, **details: int
) -> None:
    async with context.database.transaction(caller.workspace) as connection:
        await audit.record(
            connection,
            caller.workspace,
            actor=caller.name,
            action=action,
            subject=f"embeddings/{model}",
            details=details,
        )


def _spaces(context: Context) -> dict[ModelUse, EmbeddingSpace]:
    serving = EmbeddingSpace(context.embedder.name, context.embedder.dimension)
    following = context.next_space
    if following is None or following.model == serving.model:
        return {ModelUse.SERVING: serving}
    return {ModelUse.SERVING: serving, ModelUse.NEXT: following}
