"""`kill -9` of any part, or of all, at any moment: nothing that was acknowledged is lost."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from embedded import placement
from embedded.home import ANY_PORTS, StackInfo
from embedded.stack import EmbeddedStack, Part
from tests.chaos.driver import Driver, cases
from tests.chaos.explain import explained
from tests.chaos.record import check_nothing_is_lost

pytestmark = pytest.mark.acceptance

ROOT = Path(__file__).parent.parent.parent
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": os.environ.get("HOME", "/"),
    "TEMPORAL_CONFIG_FILE": os.devnull,
    "LEARNING_LOOP_ANALYST": "offline",
}
MORTAL = (Part.WORKER, Part.API, Part.TEMPORAL, Part.POSTGRES)


@pytest.fixture(scope="module")
def home() -> Generator[Path]:
    """A folder for the data: with one, the stack keeps what it has acknowledged on disk."""
    made = placement.throw_away_folder()
    yield made
    shutil.rmtree(made)


class Deaths:
    """Hears when the supervisor has noticed a death, and remembers all that it said, and when."""

    def __init__(self) -> None:
        """Nothing has died yet."""
        self.noticed = asyncio.Event()
        self.reports: list[str] = []
        self._began = time.monotonic()

    def __call__(self, sentence: str) -> None:
        """Hear what the supervisor reports."""
        self.reports.append(f"{time.monotonic() - self._began:.1f} s: {sentence}")
        if "ended by signal 9" in sentence:
            self.noticed.set()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kept(home: Path) -> AsyncGenerator[tuple[EmbeddedStack, Deaths]]:
    """A stack that is kept on disk."""
    deaths = Deaths()
    async with EmbeddedStack(
        home / "a", environ=ENVIRONMENT, ports=ANY_PORTS, report=deaths
    ) as stack:
        yield stack, deaths


@pytest.mark.parametrize("part", MORTAL)
async def test_a_killed_part_loses_nothing(kept: tuple[EmbeddedStack, Deaths], part: Part) -> None:
    stack, deaths = kept
    driver = Driver(lambda: stack.info)
    one_at_a_time = asyncio.Lock()

    async def kill(acknowledged: int) -> None:
        if acknowledged not in {2, 6}:
            return
        async with one_at_a_time:
            deaths.noticed.clear()
            deaths(f"killing {part} at {acknowledged}")
            os.kill(stack.pid(part), signal.SIGKILL)
            await asyncio.wait_for(deaths.noticed.wait(), 30)
            await stack.ready()

    start = 6 * MORTAL.index(part)
    with explained(stack.home.path, deaths.reports):
        await driver.post_all(cases(part, start=start, count=6), kill)
        await driver.decide_all(kill)
        assert len(driver.posted) == 12
        assert len(driver.decided) >= 2
        await check_nothing_is_lost(stack.info.database_url, driver)


@contextmanager
def up(home: Path) -> Generator["subprocess.Popen[str]"]:
    """Run `learning-loop up` until the end of the block, and wait until it is up."""
    process = subprocess.Popen(
        [sys.executable, "-c", "import cli; cli.main()", "up"],
        cwd=ROOT,
        env={**ENVIRONMENT, "LEARNING_LOOP_HOME": str(home), "LEARNING_LOOP_API_PORT": "0"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            _read_until(process, "Learning Loop is up.")
            # A full pipe would stop the supervisor.
            threading.Thread(target=process.communicate, daemon=True).start()
            yield process
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(60)


def _read_until(process: "subprocess.Popen[str]", words: str) -> None:
    assert process.stdout is not None
    seen: list[str] = []
    for line in process.stdout:
        seen.append(line)
        if words in line:
            return
    raise AssertionError("".join(seen))


async def test_a_killed_supervisor_loses_nothing(home: Path) -> None:
    folder = home / "b"
    with explained(folder):
        await lose_supervisors(folder)


async def lose_supervisors(folder: Path) -> None:
    """Kill one supervisor while it takes interventions in, and the next one at decisions."""
    driver = Driver(lambda: StackInfo.model_validate_json((folder / "stack.json").read_text()))
    with up(folder) as first:

        async def kill(acknowledged: int) -> None:
            if acknowledged == 6:
                first.kill()
                raise Killed

        with pytest.raises(ExceptionGroup):
            await driver.post_all(cases("up", start=0, count=6), kill)
    with up(folder) as second:
        await driver.post_all(cases("up", start=0, count=6))

        async def kill_again(acknowledged: int) -> None:
            if acknowledged == 2:
                second.kill()
                raise Killed

        with pytest.raises(Killed):
            await driver.decide_all(kill_again)
    with up(folder):
        await driver.decide_all()
        info = StackInfo.model_validate_json((folder / "stack.json").read_text())
        await check_nothing_is_lost(info.database_url, driver)


class Killed(Exception):
    """The supervisor was killed here."""
