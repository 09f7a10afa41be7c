"""The `learning-loop` command: each subcommand hands over to the module that does the work."""

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


def main() -> None:
    """The entry point that pyproject.toml names."""
    app()
