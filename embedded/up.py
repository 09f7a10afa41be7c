"""Runs a stack in the foreground until Ctrl-C: `learning-loop up`, and what is done on top of it.

code = run_stack(Path(".learning-loop"), body)       # body: async (EmbeddedStack) -> None
"""

import asyncio
import contextlib
import os
import signal
from collections.abc import Awaitable, Callable, Collection, Generator
from pathlib import Path

from embedded.console import Console
from embedded.errors import EmbeddedError
from embedded.sign_in import sign_in_links
from embedded.stack import EmbeddedStack, Part

Body = Callable[[EmbeddedStack], Awaitable[None]]
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
DEFAULT_HOME = ".learning-loop"


def default_home() -> Path:
    """LEARNING_LOOP_HOME, or `.learning-loop` in the current folder."""
    return Path(os.environ.get("LEARNING_LOOP_HOME", DEFAULT_HOME))


def run_stack(
    home: Path,
    body: Body,
    console: Console | None = None,
    only: Collection[Part | str] = tuple(Part),
) -> int:
    """Starts the stack, or `only` some parts, runs `body` with it, stops it; the exit code.

    Ctrl-C or SIGTERM cancels `body` and stops everything in order; a second one kills. A part that
    cannot be kept alive cancels `body` too, is told on the console and gives 1.
    """
    return asyncio.run(_run(home, body, console or Console(), only))


def up(home: Path) -> int:
    """Runs the stack and nothing else until Ctrl-C; the process's exit code."""
    console = Console()

    async def announce(stack: EmbeddedStack) -> None:
        links = await sign_in_links(stack, stack.env["LEARNING_LOOP_WORKSPACE"])
        ways_in = "".join(f"  sign in as     {link.role:<8}  {link.url}\n" for link in links)
        console.report(
            f"Learning Loop is up.\n"
            f"  pages and API  {stack.info.api}\n"
            f"{ways_in}"
            f"                 a link works once, for 15 minutes; the next: "
            f".venv/bin/learning-loop sign-in-link\n"
            f"  Temporal UI    {stack.info.temporal_ui or '(that of your own server)'}\n"
            f"  API keys       {stack.home.path / 'stack.json'}\n"
            f"  logs           {stack.home.logs}\n"
            f"Ctrl-C stops everything; the data stays."
        )
        await stack.wait()

    return run_stack(home, announce, console)


async def _run(home: Path, body: Body, console: Console, only: Collection[Part | str]) -> int:
    try:
        stack = EmbeddedStack(home, only=only, echo=console.echo, report=console.report)
        with _stopped_by_signals(stack, console):
            async with stack:
                await _race(stack, body)
    except asyncio.CancelledError:
        console.report("stopped")
        return 0
    except EmbeddedError as error:
        console.report(str(error))
        return 1
    except PermissionError as error:
        console.report(f"{error}: was the folder made by another user?")
        return 1
    return 0


async def _race(stack: EmbeddedStack, body: Body) -> None:
    """Runs `body`, unless the stack fails first."""
    work = asyncio.ensure_future(body(stack))
    failure = asyncio.create_task(stack.wait())
    try:
        done, _ = await asyncio.wait({work, failure}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in (work, failure):
            task.cancel()
        await asyncio.gather(work, failure, return_exceptions=True)


@contextlib.contextmanager
def _stopped_by_signals(stack: EmbeddedStack, console: Console) -> Generator[None]:
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    asked = False

    def stop() -> None:
        nonlocal asked
        if asked:
            stack.kill()
        elif task is not None:
            console.report("stopping; once more to kill")
            task.cancel()
        asked = True

    for number in STOPPING:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in STOPPING:
            loop.remove_signal_handler(number)
