"""Draws charts as SVG, without a browser or a network, and keeps what it has drawn."""

import asyncio
import contextlib
import hashlib
import json
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import OrderedDict
from pathlib import Path
from typing import Any, Self

from gateways.errors import ServiceError

_PROGRAM = Path(__file__).with_name("chart_process.py")
_LINE_LIMIT = 8 * 1024 * 1024

Chart = dict[str, Any]
"""A Vega-Lite chart with its data: vega.github.io/vega-lite/docs/spec.html."""


class ChartError(ServiceError):
    """The chart could not be drawn."""


class Charts:
    """Draws in a process of its own, since drawing holds Python's lock for as long as it takes.

    The process starts with the first chart. Use as an async context manager.
    """

    def __init__(self, *, kept: int = 300, patience: float = 20) -> None:
        """Keep so many drawings; give one so many seconds, the first of a process included."""
        self._kept = kept
        self._patience = patience
        self._drawn: OrderedDict[str, str] = OrderedDict()
        self._process: Process | None = None
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        """Nothing starts yet."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """End the process, if there is one."""
        async with self._turn:
            await self._stop()

    async def draw(self, chart: Chart) -> str:
        """Return the chart as an SVG document; the same chart is drawn once.

        Raises ChartError if it cannot be drawn, or not in time.
        """
        line = json.dumps({"chart": chart})
        key = hashlib.sha256(line.encode()).hexdigest()
        async with self._turn:
            svg = self._drawn.get(key)
            if svg is None:
                svg = await self._ask(line)
            self._drawn[key] = svg
            self._drawn.move_to_end(key)
            while len(self._drawn) > self._kept:
                self._drawn.popitem(last=False)
        return svg

    async def _ask(self, line: str) -> str:
        try:
            async with asyncio.timeout(self._patience):
                return await self._exchange(line)
        except TimeoutError:
            await self._stop()
            raise ChartError("drawing took too long") from None
        except asyncio.CancelledError:
            # Its answer would be taken for that of the next chart.
            await self._stop()
            raise

    async def _exchange(self, line: str) -> str:
        answer = await self._send(line)
        if not answer:
            # It had ended for want of work, or died: a fresh one gets the chart once.
            await self._stop()
            answer = await self._send(line)
        if not answer:
            await self._stop()
            raise ChartError("the process that draws has ended")
        said = json.loads(answer)
        if "svg" not in said:
            raise ChartError(f"the chart is not one that can be drawn ({said['error']})")
        return str(said["svg"])

    async def _send(self, line: str) -> bytes:
        """Return the answer's line; empty if the process has ended."""
        if self._process is None:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", str(_PROGRAM)),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                limit=_LINE_LIMIT,
                # None of our secrets.
                env={name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            )
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise ChartError("the process that draws has no pipes")
        try:
            process.stdin.write(line.encode() + b"\n")
            await process.stdin.drain()
            return await process.stdout.readline()
        except (BrokenPipeError, ConnectionResetError):
            return b""

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        # Reads what is left, so that the pipes are closed as well.
        await process.communicate()
