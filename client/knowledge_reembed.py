"""`learning-loop knowledge reembed`: the models, a progress bar, and deleting what is not used."""

import asyncio

from rich.console import Console
from rich.table import Table

from client.api import LearningLoop
from client.errors import ClientError
from client.models import Reembedding, ReembedState
from client.shown import plain, progress_bar

_POLL_SECONDS = 1.0


async def reembed(api: LearningLoop, out: Console) -> int:
    """Start re-embedding and wait for its end; return 0, or 1 if it failed. Raises ClientError."""
    started = await api.reembed()
    out.print(f"Making the vectors of {plain(started.model)}. Ctrl-C leaves it going.")
    with progress_bar(out) as bar:
        task = bar.add_task(plain(started.model), total=None)
        while True:
            running = await _running(api, started.model)
            bar.update(task, completed=running.done or 0, total=running.total)
            if running.state is not ReembedState.RUNNING:
                break
            await asyncio.sleep(_POLL_SECONDS)
    if running.state is ReembedState.FAILED:
        raise ClientError(
            f"Re-embedding failed: {running.failure or 'see the workflow'}. "
            "What was done stays; mend it and run this again."
        )
    out.print(f"Every text that needs one has a vector of {plain(started.model)}.")
    return 0


async def _running(api: LearningLoop, model: str) -> Reembedding:
    for line in await api.embeddings():
        if line.model == model and line.reembedding is not None:
            return line.reembedding
    raise ClientError(
        "How far it is cannot be asked for now. It goes on as soon as Temporal and a worker are "
        "there; see 'learning-loop knowledge reembed --status'."
    )


async def show_models(api: LearningLoop, out: Console) -> int:
    """Print each model, how much has a vector of it, and how far its re-embedding is."""
    table = Table(box=None, pad_edge=False)
    for heading in ("model", "use", "dimension", "passages", "asks", "proposals", "index"):
        table.add_column(heading, overflow="fold")
    lines = await api.embeddings()
    for line in lines:
        counts = (line.passages, line.asks, line.proposals)
        table.add_row(
            plain(line.model),
            line.use,
            str(line.dimension),
            *(f"{count.embedded} of {count.total}" for count in counts),
            f"{line.index.bytes / 2**20:.1f} MiB" if line.index else "none yet",
        )
    out.print(table)
    for line in lines:
        if line.reembedding is not None:
            out.print(f"{plain(line.model)}: {_words(line.reembedding)}", soft_wrap=True)
    return 0


def _words(running: Reembedding) -> str:
    if running.state is ReembedState.RUNNING and running.done is not None:
        pace = f", {running.per_second:.0f} a second" if running.per_second else ""
        return f"re-embedding: {running.done} of {running.total} in all workspaces{pace}"
    failure = f": {plain(running.failure)}" if running.failure else ""
    return f"re-embedding {running.state.value}{failure}"


async def prune(api: LearningLoop, out: Console, model: str) -> int:
    """Delete a model's vectors, however many calls it takes; return 0. Raises ClientError."""
    deleted = 0
    while True:
        pruned = await api.prune_embeddings(model)
        deleted += pruned.deleted
        if pruned.is_through:
            out.print(f"{deleted} vectors of {plain(model)} were deleted, and its index.")
            return 0
        out.print(f"{deleted} vectors deleted so far.")
        if pruned.deleted == 0:
            await asyncio.sleep(_POLL_SECONDS)
