"""What the subcommands that call the API share: where it is, and a call of it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated

import typer

from client.entrance import end, out
from domain.identity import ApiRole

if TYPE_CHECKING:
    from rich.console import Console

    from client.api import LearningLoop
    from client.connection import Given

_THE_API = "Where to call"
Url = Annotated[
    str | None,
    typer.Option("--url", help="Address of the API.", rich_help_panel=_THE_API),
]
Key = Annotated[
    str | None,
    typer.Option("--key", help="API key; safer in the environment.", rich_help_panel=_THE_API),
]


def given(url: str | None, key: str | None) -> "Given":
    """Return what was given on the command line."""
    from client.connection import Given

    return Given(url=url, key=key)


def call(
    url: str | None,
    key: str | None,
    role: ApiRole,
    work: "Callable[[LearningLoop, Console], Awaitable[int]]",
) -> None:
    """Run `work` with a client of the API; exit with its code."""
    from client.api import LearningLoop
    from client.connection import find_target

    async def run() -> int:
        async with LearningLoop(find_target(given(url, key), role)) as api:
            return await work(api, out())

    end(lambda: asyncio.run(run()))
