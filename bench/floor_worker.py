"""The worker of the bare workflows: a process of its own, as the product's worker is."""

import asyncio
import os
import signal

from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from bench.floor_workflows import FloorWorkflow, nothing
from gateways.temporal import connect

FLOOR_QUEUE = "bench-floor"


async def run() -> None:
    """Work until SIGTERM, with the product's settings of a worker."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    restrictions = SandboxRestrictions.default.with_passthrough_modules("bench", "pydantic")
    async with Worker(
        await connect(),
        task_queue=FLOOR_QUEUE,
        workflows=[FloorWorkflow],
        activities=[nothing],
        workflow_runner=SandboxedWorkflowRunner(restrictions=restrictions),
        max_cached_workflows=1_000,
        max_concurrent_activities=20,
    ):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(run())
    # The interpreter's own finalisation crashes now and then under the SDK's threads.
    os._exit(0)
