"""Drives the bare workflows: the floor that the product's figures are divided by."""

import asyncio
import time
from uuid import uuid4

from temporalio.client import WorkflowHandle

from bench.errors import BenchError
from bench.floor_worker import FLOOR_QUEUE
from bench.floor_workflows import DONE, WAITING, FloorShape, FloorWorkflow
from bench.stack import Bench

FloorHandle = WorkflowHandle[FloorWorkflow, None]

_PAUSE_SECONDS = 0.002
_DONE_SECONDS = 30.0


async def start(bench: Bench, shape: FloorShape) -> FloorHandle:
    """Start a bare workflow."""
    return await bench.client.start_workflow(
        FloorWorkflow.run, shape, id=f"floor/{uuid4()}", task_queue=FLOOR_QUEUE
    )


async def tell(bench: Bench, shape: FloorShape) -> None:
    """Start a bare workflow, signal it once it waits, and return when its last step has run."""
    handle = await start(bench, shape)
    await bench.heard.until(WAITING, handle.id)
    await handle.signal(FloorWorkflow.go)
    await bench.heard.until(DONE, handle.id)


async def answered_seconds(bench: Bench, handle: FloorHandle) -> float:
    """Return how long it takes from the signal to a query's 'done', and one Postgres commit."""
    started = time.perf_counter()
    await handle.signal(FloorWorkflow.go)
    while not await handle.query(FloorWorkflow.is_done):
        if time.perf_counter() - started > _DONE_SECONDS:
            raise BenchError("a bare workflow did not answer")
        await asyncio.sleep(_PAUSE_SECONDS)
    await bench.database.execute("INSERT INTO bench_floor DEFAULT VALUES")
    return time.perf_counter() - started


async def prepare_commit(bench: Bench) -> None:
    """Make the table that the floor's commit writes to."""
    await bench.database.execute(
        "CREATE TABLE IF NOT EXISTS bench_floor (at timestamptz NOT NULL DEFAULT now())"
    )
