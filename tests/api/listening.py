"""A real server for streams, and a reader of server-sent events as a browser reads them."""

import asyncio
import json
import socket
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from fastapi import FastAPI
from httpx2 import AsyncClient, Response

from api.server import Server

_PATIENCE_SECONDS = 30.0
"""A test that would wait for ever fails then."""


@asynccontextmanager
async def served(app: FastAPI) -> AsyncGenerator[tuple[str, Server]]:
    """Yield the address of a started application behind a real socket, and its server."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, lifespan="off", log_config=None, ws="none")
        server = Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}", server
        finally:
            server.should_exit = True
            await task


@dataclass(frozen=True)
class Said:
    """One message of a stream, with the id that stood last."""

    event: str
    data: Any
    id: str


class Reader:
    """Reads one stream."""

    def __init__(self, answer: Response) -> None:
        """Read the body of `answer`."""
        self.answer = answer
        self.last_id = ""
        self._messages = self._read()

    async def next(self) -> Said:
        """Return the next message; raises StopAsyncIteration at the end of the stream."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await anext(self._messages)

    async def kinds(self, count: int) -> list[str]:
        """Return the kinds of the next events."""
        return [(await self.next()).data["kind"] for _ in range(count)]

    async def rest(self) -> list[Said]:
        """Return what is told until the stream ends."""
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return [said async for said in self._messages]

    async def _read(self) -> AsyncIterator[Said]:
        event, data = "message", ""
        async for line in self.answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                self.last_id = value
            elif name == "event":
                event = value
            elif name == "data":
                data += value
            elif not line:
                if data:
                    yield Said(event, json.loads(data), self.last_id)
                event, data = "message", ""


@asynccontextmanager
async def listening(
    client: AsyncClient, url: str, header: dict[str, str], query: str = ""
) -> AsyncGenerator[Reader]:
    """Yield a stream that is open and has said where it begins."""
    async with client.stream("GET", f"{url}/v1/events{query}", headers=header) as answer:
        assert answer.status_code == 200, await answer.aread()
        reader = Reader(answer)
        ready = await reader.next()
        assert ready.event == "ready"
        yield reader
