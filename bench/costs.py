"""History events and billable actions of one intervention, and of the least that its story has."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHandle

from bench import floor
from bench.cases import BenchCase
from bench.floor_workflows import FloorShape, FloorWorkflow, StepKind
from bench.histories import HistoryCount, count_history, shape_of
from bench.loop import watched_loop
from bench.stack import Bench
from workflows.messages import workflow_id_of

LEAST = FloorShape(before=[StepKind.REGULAR], after=[StepKind.LOCAL])
"""The least: a model reads and drafts, which takes a regular activity (long, retried, limited); the
change is written in one transaction, for which a local one does; between them a timer and a signal.
"""
_SETTLED_SECONDS = 1.0


@dataclass(frozen=True)
class Costs:
    """What one applied intervention costs, the shape of its steps, and the least."""

    product: HistoryCount
    shape: FloorShape
    least: HistoryCount


async def measure(bench: Bench, cases: Sequence[BenchCase]) -> Costs:
    """Return the costs of the last of the cases; the others warm the worker up."""
    async with watched_loop(bench, await bench.workspace()) as loop:
        for case in cases[:-1]:
            await loop.tell(case)
        opened = await loop.open(cases[-1])
        # A person takes longer to decide than the last step before the wait takes to end.
        await asyncio.sleep(_SETTLED_SECONDS)
        await loop.approve(opened)
        workflow_id = workflow_id_of(loop.tenant.name, opened.intervention_id)
        events = await _whole(bench.client.get_workflow_handle(workflow_id))
    least = await floor.start(bench, LEAST)
    await asyncio.sleep(_SETTLED_SECONDS)
    await least.signal(FloorWorkflow.go)
    return Costs(count_history(events), shape_of(events), count_history(await _whole(least)))


async def _whole(handle: WorkflowHandle[Any, Any]) -> Sequence[HistoryEvent]:
    """Return the history of a workflow once it has ended."""
    await handle.result()
    history = await handle.fetch_history()
    return list(history.events)
