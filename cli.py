"""The `learning-loop` command: each subcommand hands over to the module that does the work."""

from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)


@app.callback()
def learning_loop() -> None:
    """Turns every human intervention into a reviewed, lasting improvement of the agent."""


@app.command()
def up() -> None:
    """Start Postgres, Temporal, the worker and the API on this machine, until Ctrl-C."""
    from embedded.up import default_home
    from embedded.up import up as run_up

    raise typer.Exit(run_up(default_home()))


@app.command()
def demo(
    exits: Annotated[
        bool, typer.Option("--exit", help="End after the table; exit 1 if the story broke.")
    ] = False,
) -> None:
    """Show the whole loop on a small company's cases, then stay up until Ctrl-C."""
    from demo.run import Ends, run_demo
    from embedded.up import default_home

    ends = Ends.AFTER_THE_STORY if exits else Ends.ON_CTRL_C
    raise typer.Exit(run_demo(default_home(), ends))


def main() -> None:
    """The entry point that pyproject.toml names."""
    app()
