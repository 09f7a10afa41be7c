"""What the supervisor can run: the `Service` protocol, and starting one child until it is ready."""

import asyncio
import time
from pathlib import Path
from typing import Protocol

from embedded.errors import StartError
from embedded.logs import ChildLog
from embedded.processes import Child, Command

READY_POLL = 0.05
PROBE_SECONDS = 10.0


class Service(Protocol):
    """One part of the stack that is a child process."""

    @property
    def name(self) -> str: ...

    @property
    def start_seconds(self) -> float:
        """How long it may take to be ready."""
        ...

    async def prepare(self) -> Command:
        """Does what must come before every start (first files, orphans); says what to run."""
        ...

    async def is_ready(self, child: Child) -> bool:
        """True when others may use it. Catches the errors of a service that is not up yet."""
        ...


async def start_service(service: Service, log: ChildLog, record: Path | None = None) -> Child:
    """Starts the service and returns its child once it is ready.

    Raises StartError, with the child gone, when it exits first or takes too long.
    """
    child = await Child.start(await service.prepare(), log, record)
    deadline = time.monotonic() + service.start_seconds
    try:
        while not await _probe(service, child):
            if child.returncode is not None:
                await child.wait()
                raise StartError(f"{service.name} ended on start {describe_exit(child.returncode)}")
            if time.monotonic() > deadline:
                raise StartError(f"{service.name} was not ready within {service.start_seconds:g} s")
            await asyncio.sleep(READY_POLL)
    except BaseException:
        await child.stop()
        raise
    return child


async def _probe(service: Service, child: Child) -> bool:
    try:
        return await asyncio.wait_for(service.is_ready(child), PROBE_SECONDS)
    except TimeoutError:
        return False


def describe_exit(code: int) -> str:
    """An exit code in words, as asyncio gives it: negative for a signal."""
    return f"by signal {-code}" if code < 0 else f"with exit code {code}"


def with_tail(error: StartError, log: ChildLog) -> StartError:
    """The error together with the log's path and last lines."""
    return StartError(f"{error}; log {log.path}:\n{log.tail()}")
