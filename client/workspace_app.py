"""`learning-loop workspace …`: the options; `client/workspace_commands.py` does the work."""

import asyncio
from typing import Annotated

import typer

from client.entrance import end, out, slug

app = typer.Typer(no_args_is_help=True, help="Set what holds for a whole workspace.")

Workspace = Annotated[
    str | None,
    typer.Option(envvar="LEARNING_LOOP_WORKSPACE", help="Else the running stack's workspace."),
]


@app.command()
def language(
    tag: Annotated[
        str | None, typer.Argument(help="The new one, as 'de' or 'pt-BR'; else it is shown.")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Show or set the language that a workspace's knowledge is written in.

    Search reads words by it: their stems, and which of them say nothing. What was stored before is
    read anew.
    """
    from client.workspace_commands import choose_language

    end(lambda: asyncio.run(choose_language(out(), slug(workspace), tag)))
