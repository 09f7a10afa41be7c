"""One child process: started under the guard, output pumped to a log, pid recorded, ended politely.

Also the orphans of a supervisor that was killed: recognised by recorded pid *and* start time,
never by name.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from pydantic import BaseModel, ValidationError

from embedded import files
from embedded.errors import EmbeddedError
from embedded.logs import ChildLog

GUARD = Path(__file__).with_name("guard.py")
GUARD_MODE = "exec" if sys.platform == "linux" else "watch"
START_TIME_TOLERANCE = 2.0
DRAIN_SECONDS = 1.0
ORPHAN_GRACE = 15.0
POLL = 0.05


@dataclass(frozen=True)
class Command:
    """What to run. `stop_signal` asks it to end; after `grace` seconds its group is killed."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict[str, str])
    cwd: Path | None = None
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0


class ProcessRecord(BaseModel):
    """A process as remembered between runs; `started` is seconds since the epoch."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "ProcessRecord | None":
        try:
            return cls(pid=pid, started=psutil.Process(pid).create_time())
        except psutil.Error:
            return None

    @classmethod
    def read(cls, path: Path) -> "ProcessRecord | None":
        """What was recorded in `path`. A torn file is none: a power cut ends processes too."""
        try:
            return cls.model_validate_json(path.read_text())
        except (OSError, ValidationError):
            return None

    def running(self) -> psutil.Process | None:
        """The process, unless it ended or its pid now belongs to another one."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started) <= START_TIME_TOLERANCE
            return process if same and process.status() != psutil.STATUS_ZOMBIE else None
        except psutil.Error:
            return None


class Output:
    """The reading end of a child's pipe."""

    def __init__(self, stream: asyncio.StreamReader, transport: asyncio.ReadTransport) -> None:
        self.stream = stream
        self._transport = transport

    @classmethod
    async def open(cls, descriptor: int) -> "Output":
        stream = asyncio.StreamReader()
        protocol = asyncio.StreamReaderProtocol(stream)
        file = os.fdopen(descriptor, "rb", 0)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.connect_read_pipe(lambda: protocol, file)
        return cls(stream, transport)

    def close(self) -> None:
        self._transport.close()


class Child:
    """A running child. Make one with `Child.start`."""

    def __init__(
        self,
        command: Command,
        process: asyncio.subprocess.Process,
        output: "Output",
        log: ChildLog,
    ) -> None:
        self.command = command
        self.log = log
        self.started_at = time.time()
        self._process = process
        self._output = output
        self._pump = asyncio.create_task(self._pump_output(), name=f"log of {command.name}")

    @classmethod
    async def start(cls, command: Command, log: ChildLog, record: Path | None = None) -> "Child":
        """Starts `command` in a session of its own; notes its pid and start time in `record`."""
        guarded = (
            *(sys.executable, "-I", "-S", str(GUARD), GUARD_MODE),
            *(str(os.getpid()), str(int(command.stop_signal)), command.user or "-"),
            *command.argv,
        )
        # Not asyncio's own pipe: with that, `wait` lasts until every grandchild has closed it.
        reading, writing = os.pipe()
        try:
            output = await Output.open(reading)
            process = await asyncio.create_subprocess_exec(
                *guarded,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=writing,
                stderr=asyncio.subprocess.STDOUT,
                env=dict(command.env),
                cwd=command.cwd,
                start_new_session=True,
            )
        finally:
            os.close(writing)
        remembered = ProcessRecord.of(process.pid)
        if record is not None and remembered is not None:
            files.write_private(record, remembered.model_dump_json())
        return cls(command, process, output, log)

    async def _pump_output(self) -> None:
        while data := await self._output.stream.read(65536):
            self.log.feed(data)
        self.log.flush()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        return self._process.returncode

    async def wait(self) -> int:
        """Waits for the end; the exit code, negative for a signal."""
        code = await self._process.wait()
        # A grandchild may hold the pipe open; what the child itself wrote is there already.
        await asyncio.wait([self._pump], timeout=DRAIN_SECONDS)
        return code

    async def stop(self) -> int:
        """Asks, waits, kills what is left of the group; the exit code. Safe to call twice."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(self.command.stop_signal)
            try:
                await asyncio.wait_for(self._process.wait(), self.command.grace)
            except TimeoutError:
                self.log.write(f"still running after {self.command.grace:g} s: killed")
        self.kill_group()
        code = await self.wait()
        # Only a grandchild that left the group can still hold the pipe; its words are not ours.
        self._pump.cancel()
        self._output.close()
        return code

    def kill_group(self) -> None:
        # EPERM is macOS's answer for a group of which only the zombie leader is left.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


async def end_orphan(record: Path, stop_signal: signal.Signals = signal.SIGTERM) -> int | None:
    """Ends the process remembered in `record` if it still runs; its pid, or None if it does not."""
    remembered = ProcessRecord.read(record)
    ended = await end_process(remembered, stop_signal) if remembered is not None else None
    files.remove(record)
    return ended


async def end_process(remembered: ProcessRecord, stop_signal: signal.Signals) -> int | None:
    """Sends `stop_signal`, then SIGKILL after a grace period; the pid, or None if it is gone."""
    deadline = time.monotonic() + ORPHAN_GRACE
    ended = None
    while (process := remembered.running()) is not None:
        try:
            if time.monotonic() > deadline:
                process.kill()
            elif ended is None:
                process.send_signal(stop_signal)
        except psutil.NoSuchProcess:
            break
        except psutil.AccessDenied as error:
            message = f"process {remembered.pid} of another user still runs on this folder"
            raise EmbeddedError(message) from error
        ended = remembered.pid
        await asyncio.sleep(POLL)
    return ended
