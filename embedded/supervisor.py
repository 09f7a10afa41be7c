"""Keeps children alive: starts each in turn, starts again what dies, stops all in reverse order.

What the children are and in which order they come is `embedded.stack`'s to know.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable, Collection
from contextlib import AsyncExitStack

from embedded.errors import EmbeddedError, StartError
from embedded.home import Home
from embedded.logs import ChildLog, Echo
from embedded.processes import Child, Command, end_orphan
from embedded.service import Service, describe_exit, start_service, with_tail

Report = Callable[[str], None]
"""Called with one sentence for the person who watches."""

START_TRIES = 5
FIRST_DELAY = 0.2
LONGEST_DELAY = 10.0
SETTLED_SECONDS = 30.0


class Keeper:
    """One service and its present child; gives up after START_TRIES failed starts in a row."""

    def __init__(
        self,
        service: Service,
        home: Home,
        log: ChildLog,
        report: Report,
        after: Collection["Keeper"],
    ) -> None:
        self.service = service
        self.log = log
        self.ready = asyncio.Event()
        self.child: Child | None = None
        self._record = home.record(service.name)
        self._report = report
        self._after = after
        self.task = asyncio.create_task(self._keep(), name=f"keeper of {service.name}")

    async def _keep(self) -> None:
        quick = 0
        while True:
            # What this one needs may be down too, and its own start would fail for that alone.
            for needed in self._after:
                await needed.ready.wait()
            child = await self._start()
            started = time.monotonic()
            if self.child is not None:
                self._report(f"{self.service.name} is up again")
            self.child = child
            self.ready.set()
            try:
                code = await child.wait()
            finally:
                self.ready.clear()
                await child.stop()
            quick = 0 if time.monotonic() - started > SETTLED_SECONDS else quick + 1
            self._report(f"{self.service.name} ended {describe_exit(code)}; starting it again")
            await asyncio.sleep(delay(quick))

    async def _start(self) -> Child:
        failures = 0
        while True:
            try:
                return await start_service(self.service, self.log, self._record)
            except StartError as error:
                failures += 1
                if failures == START_TRIES:
                    message = f"gave up after {START_TRIES} tries: {error}"
                    raise with_tail(StartError(message), self.log) from error
                self._report(f"{error}; trying again ({failures} of {START_TRIES})")
            await asyncio.sleep(delay(failures))

    async def stop(self) -> None:
        self.log.mute()
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError, EmbeddedError):
            await self.task
        self._record.unlink(missing_ok=True)
        self.log.close()


def delay(failures: int) -> float:
    """Seconds before the next start after `failures` short lives in a row."""
    return min(FIRST_DELAY * 2.0 ** max(failures - 1, 0), LONGEST_DELAY)


class Supervisor:
    """The keepers of one stack, in starting order."""

    def __init__(
        self, home: Home, *, echo: Echo | None, report: Report, secrets: Collection[str] = ()
    ) -> None:
        self._home = home
        self._echo = echo
        self._report = report
        self._secrets = list(secrets)
        self._keepers: list[Keeper] = []

    def hide(self, secret: str) -> None:
        """Replaces `secret` by stars in every log opened from now on."""
        self._secrets.append(secret)

    def open_log(self, name: str) -> ChildLog:
        return ChildLog(name, self._home.log(name), echo=self._echo, secrets=self._secrets)

    async def end_orphans(self) -> None:
        """Ends what a killed supervisor of this folder left running."""
        for record in sorted(self._home.record("x").parent.glob("*.json")):
            if (pid := await end_orphan(record)) is not None:
                self._report(f"ended {record.stem} (pid {pid}), left by a run that was killed")

    def keep(self, service: Service, after: Collection[str] = ()) -> Keeper:
        """Starts the service and keeps it alive; returns at once."""
        needed = [keeper for keeper in self._keepers if keeper.service.name in after]
        log = self.open_log(service.name)
        keeper = Keeper(service, self._home, log, self._report, needed)
        self._keepers.append(keeper)
        return keeper

    async def run_once(self, command: Command) -> None:
        """Runs a command to its end. Raises StartError when it fails."""
        log = self.open_log(command.name)
        try:
            child = await Child.start(command, log, self._home.record(command.name))
            try:
                code = await child.wait()
            finally:
                await child.stop()
                self._home.record(command.name).unlink(missing_ok=True)
            if code != 0:
                raise with_tail(StartError(f"{command.name} ended {describe_exit(code)}"), log)
        finally:
            log.close()

    async def until_ready(self) -> None:
        """Waits until everything kept so far is ready. Raises what made a keeper give up."""
        ready = asyncio.create_task(self._all_ready())
        try:
            await asyncio.wait(
                {ready, *(keeper.task for keeper in self._keepers)},
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            ready.cancel()
        self._raise_failure()

    async def _all_ready(self) -> None:
        for keeper in self._keepers:
            await keeper.ready.wait()

    async def wait(self) -> None:
        """Returns never; raises what made a keeper give up."""
        tasks = [keeper.task for keeper in self._keepers]
        if not tasks:
            await asyncio.Event().wait()
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        self._raise_failure()

    def _raise_failure(self) -> None:
        for keeper in self._keepers:
            if keeper.task.done() and (error := keeper.task.exception()) is not None:
                raise error

    def pid(self, name: str) -> int:
        """The pid of the running child of that name. Raises EmbeddedError when there is none."""
        for keeper in self._keepers:
            if keeper.service.name == name and keeper.child is not None:
                return keeper.child.pid
        raise EmbeddedError(f"{name} is not running")

    async def stop(self) -> None:
        """Stops everything in reverse order; nothing is left running."""
        async with AsyncExitStack() as stopping:
            # The stack unwinds in reverse and goes on after an error.
            while self._keepers:
                stopping.push_async_callback(self._keepers.pop(0).stop)

    def kill(self) -> None:
        """Kills everything at once: for a person who cannot wait."""
        for keeper in self._keepers:
            if keeper.child is not None and keeper.child.returncode is None:
                keeper.child.kill_group()
