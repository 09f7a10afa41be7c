import asyncio
import os
import signal
from pathlib import Path

import pytest

from embedded.errors import StartError
from embedded.home import Home
from embedded.supervisor import LONGEST_DELAY, START_TRIES, Supervisor, delay
from tests.embedded.fakes import WAIT, FakeService, python


class Watched:
    """A supervisor on a temporary folder, with what it reported."""

    def __init__(self, folder: Path) -> None:
        self.home = Home(folder)
        self.reports: list[str] = []
        self.changed = asyncio.Event()
        self.supervisor = Supervisor(self.home, echo=None, report=self._report)

    def _report(self, sentence: str) -> None:
        self.reports.append(sentence)
        self.changed.set()

    def service(self, name: str, code: str = WAIT) -> FakeService:
        return FakeService(name, code, self.home.log(name))


async def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    service = watched.service("worker")
    watched.supervisor.keep(service)
    await watched.supervisor.until_ready()
    first = watched.supervisor.pid("worker")
    os.kill(first, signal.SIGKILL)
    await asyncio.wait_for(watched.changed.wait(), 30)
    await watched.supervisor.until_ready()
    assert watched.supervisor.pid("worker") != first
    assert watched.reports == [
        "worker ended by signal 9; starting it again",
        "worker is up again",
    ]
    await watched.supervisor.stop()


async def test_a_child_that_never_starts_stops_everything(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    service = watched.service("api", "import sys; sys.exit('no such table')")
    service.log = tmp_path / "never"
    watched.supervisor.keep(service)
    with pytest.raises(StartError, match=r"exit code 1; log .*api\.log:\n(.|\n)*no such table"):
        await watched.supervisor.until_ready()
    assert len(service.starts) == START_TRIES
    await watched.supervisor.stop()


async def test_a_child_waits_for_what_it_needs(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.supervisor.keep(watched.service("temporal"))
    worker = watched.service("worker")
    watched.supervisor.keep(worker, after=["temporal"])
    assert worker.starts == []
    await watched.supervisor.until_ready()
    assert worker.starts == [0]
    await watched.supervisor.stop()


async def test_children_stop_in_reverse_order(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    ended = tmp_path / "ended"
    code = (
        "import signal, sys\n"
        "def end(*_):\n"
        f"    open({str(ended)!r}, 'a').write(NAME); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end); print('up', flush=True); signal.pause()"
    )
    for name in ("a", "b", "c"):
        watched.supervisor.keep(watched.service(name, f"NAME = {name!r}\n{code}"))
    await watched.supervisor.until_ready()
    await watched.supervisor.stop()
    assert ended.read_text() == "cba"


async def test_a_command_that_fails_names_its_log(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    with pytest.raises(StartError, match=r"migrate ended with exit code 3; log .*migrate\.log"):
        await watched.supervisor.run_once(python("import sys; sys.exit(3)", "migrate"))


async def test_children_of_a_killed_run_are_ended(tmp_path: Path) -> None:
    killed = Watched(tmp_path)
    killed.supervisor.keep(killed.service("worker"))
    await killed.supervisor.until_ready()
    pid = killed.supervisor.pid("worker")
    successor = Watched(tmp_path)
    await successor.supervisor.end_orphans()
    assert successor.reports == [f"ended worker (pid {pid}), left by a run that was killed"]
    await killed.supervisor.stop()


def test_the_delay_grows_to_a_limit() -> None:
    delays = [delay(failures) for failures in range(1, 12)]
    assert delays == sorted(delays)
    assert delays[0] < 1
    assert delays[-1] == LONGEST_DELAY
