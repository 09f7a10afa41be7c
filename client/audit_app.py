"""`learning-loop audit …`: the options; `client/audit_commands.py` does the work."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from client.entrance import end, out, slug

app = typer.Typer(
    no_args_is_help=True, help="Read the audit, export its head, and verify that it was not edited."
)

Workspace = Annotated[
    str | None,
    typer.Option(
        envvar="LEARNING_LOOP_WORKSPACE", help="Whose audit; else the running stack's workspace."
    ),
]
Every = Annotated[bool, typer.Option("--all", help="All workspaces.")]
DatabaseUrl = Annotated[
    str | None,
    typer.Option("--database-url", help="Else DATABASE_URL, or the running stack's database."),
]


@app.command()
def verify(
    workspace: Workspace = None,
    every: Every = False,
    head: Annotated[
        Path | None,
        typer.Option(help="Heads that 'audit head' exported: finds a cut or rewritten end too."),
    ] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Recompute the audit's chain outside the database; exit 1 if it does not hold.

    Each place where it does not is named with what to do.
    """
    from client.audit_commands import Which, verify_audits

    which = Which(workspace=slug(workspace), every=every, database_url=database_url)
    end(lambda: asyncio.run(verify_audits(out(), which, head)))


@app.command()
def head(
    workspace: Workspace = None, every: Every = False, database_url: DatabaseUrl = None
) -> None:
    """Print the chain's head as one line of JSON a workspace, to be kept elsewhere.

    Whoever can write to the whole database can write a new chain too. A head that was kept
    where they could not reach it tells: 'audit verify --head FILE'.
    """
    from client.audit_commands import Which, show_heads

    which = Which(workspace=slug(workspace), every=every, database_url=database_url)
    end(lambda: asyncio.run(show_heads(out(), which)))


@app.command()
def log(
    subject: Annotated[
        str | None, typer.Option(help="Only this, such as proposal/<id> or key/<id>.")
    ] = None,
    workspace: Workspace = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Print the audit's entries in their order."""
    from client.audit_commands import Which, show_log

    which = Which(workspace=slug(workspace), database_url=database_url)
    end(lambda: asyncio.run(show_log(out(), which, subject)))
