"""Serves the application, and ends without waiting for streams that would never end."""

import socket

import uvicorn
from fastapi import FastAPI

from api.context import Context


class Server(uvicorn.Server):
    """uvicorn's server. At its end it tells the streams of events to end before it waits."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then what is left as uvicorn does."""
        served = self.config.app
        if isinstance(served, FastAPI):
            context: Context | None = getattr(served.state, "context", None)
            if context is not None:
                context.events.close()
        await super().shutdown(sockets)
