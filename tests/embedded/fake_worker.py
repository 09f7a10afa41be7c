"""Stands for the worker: polls the task queue and does nothing."""

import asyncio
import os

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker

from gateways.settings import TASK_QUEUE
from tests.embedded.fake_workflow import IdleWorkflow


@activity.defn
async def idle() -> None:
    return


async def main() -> None:
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"])
    worker = Worker(client, task_queue=TASK_QUEUE, workflows=[IdleWorkflow], activities=[idle])
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main())
