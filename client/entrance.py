"""What the subcommands of every module share: checked options, and how a command ends."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.console import Console


def out() -> "Console":
    """Return the console that commands write to."""
    from client.shown import terminal

    return terminal()


def slug(workspace: str | None) -> str | None:
    """Return a workspace's name; raises BadParameter for one that none can have."""
    if workspace is None:
        return None
    from pydantic import TypeAdapter, ValidationError

    from domain.base import Slug

    try:
        return TypeAdapter(Slug).validate_python(workspace)
    except ValidationError:
        raise typer.BadParameter(
            "a workspace's name has lower-case letters, digits, - and _ only"
        ) from None


def end(work: Callable[[], int]) -> None:
    """Exit with what `work` returns; a failure is one sentence on the error output."""
    from client.errors import ClientError

    try:
        code = work()
    except ClientError as error:
        from client.shown import plain

        typer.echo(f"learning-loop: {plain(str(error))}", err=True)
        code = error.exit_code
    except KeyboardInterrupt:
        code = 130
    raise typer.Exit(code)
