import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
import pytest_asyncio

from embedded import files
from embedded.logs import ChildLog
from embedded.processes import GUARD, Child, Command, ProcessRecord, end_orphan
from tests.embedded.fakes import PARENT, STUBBORN, WAIT, python


class Lines:
    """A listener that hands out a child's lines one by one."""

    def __init__(self, folder: Path) -> None:
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self.log = ChildLog("fake", folder / "fake.log", echo=self._hear)

    def _hear(self, _name: str, line: str) -> None:
        self._queue.put_nowait(line)

    async def next(self) -> str:
        return await asyncio.wait_for(self._queue.get(), 30)


@pytest_asyncio.fixture
async def lines(tmp_path: Path) -> AsyncIterator[Lines]:
    heard = Lines(tmp_path)
    yield heard
    heard.log.close()


async def start(command: Command, lines: Lines, record: Path | None = None) -> tuple[Child, str]:
    child = await Child.start(command, lines.log, record)
    return child, await lines.next()


async def test_stop_ends_the_child_with_its_stop_signal(lines: Lines) -> None:
    child, _ = await start(python(WAIT), lines)
    assert await child.stop() == -signal.SIGTERM


async def test_stop_kills_a_child_that_does_not_listen(lines: Lines) -> None:
    child, _ = await start(python(STUBBORN, grace=0.1), lines)
    assert await child.stop() == -signal.SIGKILL
    assert await lines.next() == "still running after 0.1 s: killed"


async def test_stop_leaves_no_grandchild(lines: Lines) -> None:
    child, pid = await start(python(PARENT), lines)
    grandchild = psutil.Process(int(pid))
    await child.stop()
    _, alive = psutil.wait_procs([grandchild], timeout=30)
    assert alive == []


async def test_the_child_is_in_a_session_of_its_own(lines: Lines) -> None:
    child, _ = await start(python(WAIT), lines)
    assert os.getsid(child.pid) == child.pid
    await child.stop()


async def test_an_orphan_is_ended_by_its_record(lines: Lines, tmp_path: Path) -> None:
    record = tmp_path / "fake.json"
    child, _ = await start(python(WAIT), lines, record)
    assert await end_orphan(record) == child.pid
    assert await child.wait() == -signal.SIGTERM
    assert not record.exists()


async def test_a_process_that_got_a_recorded_pid_later_is_left_alone(
    lines: Lines, tmp_path: Path
) -> None:
    child, _ = await start(python(WAIT), lines)
    record = tmp_path / "old.json"
    files.write_private(record, ProcessRecord(pid=child.pid, started=1.0).model_dump_json())
    assert await end_orphan(record) is None
    assert child.returncode is None
    await child.stop()


async def test_a_torn_record_is_forgotten(tmp_path: Path) -> None:
    record = tmp_path / "torn.json"
    record.write_text('{"pid": 1')
    assert await end_orphan(record) is None
    assert not record.exists()


@pytest.mark.parametrize("mode", ["exec", "watch"])
def test_a_guarded_child_dies_with_its_parent(mode: str) -> None:
    if mode == "exec" and sys.platform != "linux":
        pytest.skip("the parent-death signal is Linux's")
    guarded = [sys.executable, "-I", "-S", str(GUARD), mode]
    parent_code = (
        "import os, signal, subprocess, sys\n"
        f"guarded = {guarded!r} + [str(os.getpid()), '15', '-']\n"
        "guarded += [sys.executable, '-c', sys.argv[1]]\n"
        "subprocess.Popen(guarded); signal.pause()"
    )
    child_code = "import os, signal; print(os.getpid(), flush=True); signal.pause()"
    parent = subprocess.Popen([sys.executable, "-c", parent_code, child_code], stdout=-1)
    with parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()
        _, alive = psutil.wait_procs([child], timeout=30)
    assert alive == []


def test_the_watching_guard_passes_signals_and_exit_codes_on() -> None:
    code = (
        "import signal, sys; signal.signal(signal.SIGINT, lambda *_: sys.exit(7))\n"
        "print('up', flush=True); signal.pause()"
    )
    argv = [sys.executable, "-I", "-S", str(GUARD), "watch", str(os.getpid()), "15", "-"]
    with subprocess.Popen([*argv, sys.executable, "-c", code], stdout=subprocess.PIPE) as guard:
        assert guard.stdout is not None
        guard.stdout.readline()
        guard.send_signal(signal.SIGINT)
        assert guard.wait(30) == 7
