"""The supervisor as a process of its own, with real servers: signals, kills and orphans."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

RUN = """
import sys
from pathlib import Path
from embedded.up import run_stack
async def body(stack):
    print("UP", flush=True)
    await stack.wait()
sys.exit(run_stack(Path(sys.argv[1]), body, only=("postgres", "temporal")))
"""
ROOT = Path(__file__).parent.parent.parent


@contextmanager
def supervisor(folder: Path) -> Generator["subprocess.Popen[str]"]:
    """The process, once its stack is up; killed at the end if it still runs."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("TEMPORAL", "DATABASE"))}
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, str(folder / "a home")],
        cwd=ROOT,
        env=kept,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def until_up(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    """Reads until the stack is up; all processes below the supervisor."""
    assert process.stdout is not None
    seen: list[str] = []
    for line in process.stdout:
        seen.append(line)
        if line == "UP\n":
            return psutil.Process(process.pid).children(recursive=True)
    raise AssertionError("".join(seen))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_stops_everything(folder: Path, number: signal.Signals) -> None:
    with supervisor(folder) as process:
        children = until_up(process)
        assert len(children) > 3
        process.send_signal(number)
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert output.endswith("stopped\n")
    assert psutil.wait_procs(children, timeout=0)[1] == []
    assert not (folder / "a home" / "stack.json").exists()


def test_a_killed_supervisor_takes_its_children_along(folder: Path) -> None:
    with supervisor(folder) as process:
        children = until_up(process)
        process.kill()
        assert psutil.wait_procs(children, timeout=60)[1] == []
    with supervisor(folder) as process:
        assert until_up(process)
        process.terminate()
        assert process.wait(60) == 0


def test_a_second_start_says_so_and_leaves_the_first_alone(folder: Path) -> None:
    with supervisor(folder) as first:
        children = until_up(first)
        with supervisor(folder) as second:
            output, _ = second.communicate(timeout=60)
        assert second.returncode == 1
        assert f"already running, pid {first.pid}, API at http://127.0.0.1:" in output
        assert all(child.is_running() for child in children)
        first.terminate()
        assert first.wait(60) == 0


def test_a_second_signal_kills(folder: Path) -> None:
    with supervisor(folder) as process:
        children = until_up(process)
        process.terminate()
        process.terminate()
        process.communicate(timeout=60)
    assert psutil.wait_procs(children, timeout=10)[1] == []
