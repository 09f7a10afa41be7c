"""The product's own processes as services: the worker and the API, run as `python -m …`."""

import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import httpx2
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.service import RPCError

from embedded.externals import connect_temporal
from embedded.processes import Child, Command
from gateways.settings import TASK_QUEUE

ROOT = Path(__file__).resolve().parent.parent


# OpenBLAS's threads spin while they wait for each other: on two busy cores that made embedding
# six times slower than one thread, which on idle ones is as good (2.9 s against 3.2 s).
_ONE_BLAS_THREAD = {"OPENBLAS_NUM_THREADS": "1"}


def python_module(name: str, module: str, env: Mapping[str, str], grace: float = 10.0) -> Command:
    """The command that runs one of our modules with this interpreter."""
    own_env = {**_ONE_BLAS_THREAD, **env, "PYTHONUNBUFFERED": "1"}
    return Command(name, (sys.executable, "-m", module), own_env, cwd=ROOT, grace=grace)


class WorkerService:
    """The Temporal worker; ready when the server has seen a poller since its start."""

    name = "worker"
    start_seconds = 90.0

    def __init__(self, env: Mapping[str, str], module: str = "worker") -> None:
        self._env = env
        self._module = module

    async def prepare(self) -> Command:
        return python_module(self.name, self._module, self._env, grace=20.0)

    async def is_ready(self, child: Child) -> bool:
        try:
            client = await connect_temporal(self._env)
            answer = await client.workflow_service.describe_task_queue(
                DescribeTaskQueueRequest(
                    namespace=client.namespace,
                    task_queue=TaskQueue(name=TASK_QUEUE),
                    task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
                ),
                timeout=timedelta(seconds=5),
            )
        except (RPCError, RuntimeError):
            return False
        # A killed worker's pollers stay listed for minutes, so only a later sign of life counts.
        return any(
            poller.last_access_time.ToMicroseconds() / 1e6 >= child.started_at
            for poller in answer.pollers
        )


class ApiService:
    """The HTTP API; ready when `/readyz` answers 200."""

    name = "api"
    start_seconds = 90.0

    def __init__(self, env: Mapping[str, str], url: str, module: str = "api") -> None:
        self._env = env
        self._url = url
        self._module = module

    async def prepare(self) -> Command:
        return python_module(self.name, self._module, self._env)

    async def is_ready(self, child: Child) -> bool:
        try:
            async with httpx2.AsyncClient(timeout=5, trust_env=False) as client:
                answer = await client.get(f"{self._url}/readyz")
        except httpx2.HTTPError:
            return False
        return answer.status_code == 200 and child.returncode is None
