"""Starts the floor's worker as a child process, ready when the server has seen it poll."""

from collections.abc import Mapping
from datetime import timedelta

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.service import RPCError

from bench.floor_worker import FLOOR_QUEUE
from embedded.applications import python_module
from embedded.externals import connect_temporal
from embedded.processes import Child, Command


class FloorService:
    """The floor's worker in the stack's environment."""

    name = "floor"
    start_seconds = 60.0

    def __init__(self, env: Mapping[str, str]) -> None:
        """Run with this environment."""
        self._env = env

    async def prepare(self) -> Command:
        """Return the command of the worker."""
        return python_module(self.name, "bench.floor_worker", self._env)

    async def is_ready(self, child: Child) -> bool:
        """Return whether the worker polls for workflow tasks."""
        try:
            client = await connect_temporal(self._env)
            answer = await client.workflow_service.describe_task_queue(
                DescribeTaskQueueRequest(
                    namespace=client.namespace,
                    task_queue=TaskQueue(name=FLOOR_QUEUE),
                    task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
                ),
                timeout=timedelta(seconds=5),
            )
        except (RPCError, RuntimeError):
            return False
        return bool(answer.pollers) and child.returncode is None
