"""`learning-loop people …`: the options; `client/people_commands.py` does the work."""

import asyncio
from typing import Annotated

import typer

from client.entrance import end, out, slug

app = typer.Typer(no_args_is_help=True, help="See to the people who review.")

Workspace = Annotated[
    str | None,
    typer.Option(envvar="LEARNING_LOOP_WORKSPACE", help="Else the running stack's workspace."),
]


@app.callback()
def people() -> None:
    """See to the people who review."""


@app.command()
def remove(
    name: Annotated[str, typer.Argument(help="Who has left, by the name that decisions record.")],
    workspace: Workspace = None,
) -> None:
    """Take somebody out who has left: at once, everywhere.

    Their role goes, their sessions end, their keys and links work no more, their Slack account is
    nobody's, and nothing is sent to them. Their name stays in what they have decided. Somebody of
    your organisation's sign-in comes back with it: take them out of their groups there first.
    """
    from client.people_commands import remove_person

    end(lambda: asyncio.run(remove_person(out(), slug(workspace), name)))
