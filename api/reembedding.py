"""Starts the re-embedding workflow and asks how far it is."""

from collections.abc import Awaitable, Callable

import structlog
from temporalio.client import Client
from temporalio.service import RPCError

from activities.reembed_passages import ReembedReach
from api.problems import unavailable
from gateways.settings import TASK_QUEUE
from workflows.reembed_client import ReembedReport, report_reembed, start_reembed
from workflows.reembed_input import ReembedInput

_log = structlog.get_logger("api.reembedding")


class Reembedding:
    """Holds the connection to Temporal, which is made with the first call."""

    def __init__(
        self, connect: Callable[[], Awaitable[Client]], *, task_queue: str = TASK_QUEUE
    ) -> None:
        """Prepare; nothing connects yet."""
        self._connect = connect
        self._task_queue = task_queue
        self._client: Client | None = None

    async def start(self, model: str, reach: ReembedReach) -> str:
        """Start a model's workflow unless it runs; return its id. Raises the 503 problem."""
        try:
            client = await self._get_client()
            task = ReembedInput(model=model, reach=reach)
            return await start_reembed(client, task, task_queue=self._task_queue)
        except (RPCError, RuntimeError) as error:
            _log.warning("re-embedding cannot be started", error=type(error).__name__)
            raise unavailable("Temporal server") from None

    async def report(self, model: str) -> ReembedReport | None:
        """Return how a model's workflow stands; None if there is none, or Temporal is away."""
        try:
            return await report_reembed(await self._get_client(), model)
        except (RPCError, RuntimeError) as error:
            _log.warning("re-embedding cannot be asked for", error=type(error).__name__)
            return None

    async def _get_client(self) -> Client:
        if self._client is None:
            self._client = await self._connect()
        return self._client
