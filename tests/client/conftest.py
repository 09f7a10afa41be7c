"""The real API behind a real socket, on real Postgres, and the command line as a person runs it."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from typer.testing import CliRunner, Result

import cli
from domain.identity import ApiRole
from tests.api.conftest import Keys, app, delivery, keys, rows

__all__ = ["app", "delivery", "keys", "rows"]

RunCli = Callable[..., Awaitable[Result]]


@pytest.fixture
async def url(app: FastAPI) -> AsyncGenerator[str]:
    """The address of the API."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(app, lifespan="off", log_config=None, ws="none")
        server = uvicorn.Server(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True
        await task


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty folder in which nothing runs, and an environment without our variables."""
    for name in ("LEARNING_LOOP_API_URL", "LEARNING_LOOP_API_KEY", "LEARNING_LOOP_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("LEARNING_LOOP_HOME", str(tmp_path / ".learning-loop"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(home: Path, url: str, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> RunCli:
    """Run the command line as a role, beside the server, and return what it did."""
    monkeypatch.setenv("LEARNING_LOOP_API_URL", url)

    async def run(*arguments: str, role: ApiRole = ApiRole.REVIEWER, text: str = "") -> Result:
        environment = {"LEARNING_LOOP_API_KEY": keys.of[role]}
        runner = CliRunner(env=environment)
        return await asyncio.to_thread(runner.invoke, cli.app, list(arguments), text)

    return run
