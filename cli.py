"""The `learning-loop` command: each subcommand hands over to the module that does the work."""

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from client import audit_app, golden_app, knowledge_app, people_app, workspace_app
from client.api_options import Key, Url, call, given
from client.entrance import end as _end
from client.entrance import out as _out
from client.entrance import slug as _slug
from domain.identity import ApiRole
from domain.proposals import ProposalStatus
from domain.reviews import RejectionReason

_EXIT_CODES = (
    "Exit codes: 0 well · 1 no effect · 2 wrong use · 3 some lines or entries did not go in · "
    "4 the API or the database does not answer · 130 Ctrl-C.\n\n"
    "Address and key come from --url and --key, LEARNING_LOOP_API_URL and LEARNING_LOOP_API_KEY, "
    "or the stack that runs in this folder."
)

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
    epilog=_EXIT_CODES,
)
keys = typer.Typer(no_args_is_help=True, help="Create, list and revoke API keys.")
app.add_typer(keys, name="keys")
app.add_typer(audit_app.app, name="audit")
app.add_typer(knowledge_app.app, name="knowledge")
app.add_typer(golden_app.app, name="golden")
app.add_typer(people_app.app, name="people")
app.add_typer(workspace_app.app, name="workspace")

As = Annotated[ApiRole, typer.Option("--as", help="Which of the running stack's keys decides.")]
Proposal = Annotated[str, typer.Argument(help="The proposal's id, or how it begins.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
Workspace = Annotated[
    str | None,
    typer.Option(
        envvar="LEARNING_LOOP_WORKSPACE", help="Whose keys; else the running stack's workspace."
    ),
]


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
        bool, typer.Option("--exit", help="End after the story; exit 1 if it did not hold.")
    ] = False,
) -> None:
    """Show the whole loop on a small company's cases, then stay up until Ctrl-C.

    It plays in the folder's own workspace while that is empty, else in a new one.
    """
    from demo.run import Ends, run_demo
    from embedded.up import default_home

    ends = Ends.AFTER_THE_STORY if exits else Ends.ON_CTRL_C
    raise typer.Exit(run_demo(default_home(), ends))


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="JSON lines: one intervention a line.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Validate only; nothing is sent.")
    ] = False,
    batch: Annotated[
        bool,
        typer.Option("--batch", help="Let Claude read them in batches: within a day, half price."),
    ] = False,
    patience: Annotated[
        float, typer.Option(min=0, help="Seconds to wait for an API that does not answer.")
    ] = 120.0,
    url: Url = None,
    key: Key = None,
) -> None:
    """Send a file of past interventions.

    It can be stopped and repeated: what is known already stays as it is.
    Lines that are not valid, or that contradict a known one, are kept in
    FILE.rejected.jsonl with the reason; the exit code is then 3.
    """
    from client.import_command import ImportCommand, Intent
    from domain.batches import AnalysisMode

    intent = Intent.CHECK if dry_run else Intent.SEND
    mode = AnalysisMode.BATCH if batch else AnalysisMode.NOW
    _end(lambda: ImportCommand(file, given(url, key), intent, patience, mode).run())


@app.command()
def status(url: Url = None, key: Key = None) -> None:
    """Show what runs, how much there is, and what waits for people."""
    from client.connection import running_stack
    from client.status_command import show_status

    call(url, key, ApiRole.REVIEWER, lambda api, out: show_status(api, out, running_stack()))


@app.command("sign-in-link")
def sign_in_link(
    role: Annotated[
        ApiRole, typer.Option(help="What its person may do: reviewer, lead or admin.")
    ] = ApiRole.REVIEWER,
    name: Annotated[
        str | None, typer.Option(help="Who they are on record; else they are called as the role.")
    ] = None,
    workspace: Workspace = None,
    url: Url = None,
) -> None:
    """Print a link that signs one person in, once, within 15 minutes.

    For whoever runs this installation: it needs the running stack's folder, or DATABASE_URL.
    """
    from client.sign_in_command import make_link

    _end(lambda: asyncio.run(make_link(_out(), _slug(workspace), name, role, url)))


@app.command("notify-test")
def notify_test(
    slack: Annotated[
        str | None, typer.Option(help="A Slack channel's or person's id that gets a test message.")
    ] = None,
    email: Annotated[str | None, typer.Option(help="An address that gets a test mail.")] = None,
    webhook: Annotated[str | None, typer.Option(help="A URL that gets a test call.")] = None,
) -> None:
    """Try the channels that the environment sets up, as the worker has it: Slack, mail, webhooks.

    Without options only the credentials are tried.
    """
    from client.notify_command import try_channels

    _end(lambda: asyncio.run(try_channels(_out(), slack, email, webhook)))


@app.command()
def usage(
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days, today too.")] = 30,
    url: Url = None,
    key: Key = None,
) -> None:
    """Show what calls of language models took, and what is left of today's budget."""
    from client.usage_command import show_usage

    call(url, key, ApiRole.LEAD, lambda api, out: show_usage(api, out, days))


@app.command()
def settings(
    assignments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME=VALUE]...", help="What to change; else they are shown."),
    ] = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Show what holds for the whole workspace, or change it (an administrator's act).

    A value is a number, a word, a JSON list, or 'none', as in 'daily_tokens=none'.
    """
    from client.settings_command import read_assignments
    from client.settings_command import settings as show_or_change

    role = ApiRole.ADMIN if assignments else ApiRole.REVIEWER
    call(
        url,
        key,
        role,
        lambda api, out: show_or_change(api, out, read_assignments(assignments or [])),
    )


@app.command()
def proposals(
    of_status: Annotated[
        ProposalStatus | None, typer.Option("--status", help="Only these; else all.")
    ] = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """List proposals, those with most support first."""
    from client.review_commands import show_proposals

    call(url, key, ApiRole.REVIEWER, lambda api, out: show_proposals(api, out, of_status))


@app.command()
def approve(
    proposal: Proposal,
    comment: Annotated[str, typer.Option(help="A word for the record.")] = "",
    not_personal: Annotated[
        list[str] | None,
        typer.Option(help="A text that looks like personal data and is nobody's; repeat for more."),
    ] = None,
    yes: Yes = False,
    role: As = ApiRole.REVIEWER,
    url: Url = None,
    key: Key = None,
) -> None:
    """Show a proposal's exact change and approve it."""
    from client.review_commands import Decided, decide
    from domain.reviews import Verdict

    decided = Decided(proposal, Verdict.APPROVE, comment, not_personal=tuple(not_personal or ()))
    confirm = None if yes else typer.confirm
    call(url, key, role, lambda api, out: decide(api, out, decided, confirm))


@app.command()
def reject(
    proposal: Proposal,
    comment: Annotated[str, typer.Option(help="Why; the record keeps it.")],
    because: Annotated[
        RejectionReason, typer.Option(help="The reason by name.")
    ] = RejectionReason.OTHER,
    yes: Yes = False,
    role: As = ApiRole.REVIEWER,
    url: Url = None,
    key: Key = None,
) -> None:
    """Show a proposal's exact change and reject it."""
    from client.review_commands import Decided, decide
    from domain.reviews import Verdict

    decided = Decided(proposal, Verdict.REJECT, comment, because)
    confirm = None if yes else typer.confirm
    call(url, key, role, lambda api, out: decide(api, out, decided, confirm))


@app.command()
def ask(
    query: Annotated[str, typer.Argument(help="What a customer would ask.")],
    url: Url = None,
    key: Key = None,
) -> None:
    """Ask the reference agent."""
    from client.ask_command import ask as ask_agent

    call(url, key, ApiRole.AGENT, lambda api, out: ask_agent(api, out, query))


@app.command()
def erase(
    customer: Annotated[
        str,
        typer.Option(help="The customer, as interventions name them; - reads it from the input."),
    ],
    reason: Annotated[str, typer.Option(help="Why; the record keeps it.")] = "",
    yes: Yes = False,
    url: Url = None,
    key: Key = None,
) -> None:
    """Erase what a customer has said, also in old revisions. There is no way back.

    What it cannot reach (backups, other systems) is in docs/erasure.md.
    """
    from client.erase_command import customer_ref, erase_customer

    reference = customer_ref(customer)
    confirm = None if yes else typer.confirm
    call(
        url,
        key,
        ApiRole.ADMIN,
        lambda api, out: erase_customer(api, out, reference, reason, confirm),
    )


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Argument(help="Whose key: one person or one machine.")],
    role: Annotated[ApiRole, typer.Option(help="What it may do.")],
    workspace: Workspace = None,
) -> None:
    """Create a key and print it, this once."""
    from client.keys_commands import create_key as create

    _end(lambda: asyncio.run(create(_out(), _slug(workspace), name, role)))


@keys.command("list")
def list_keys(workspace: Workspace = None) -> None:
    """List a workspace's keys; the keys themselves are never stored."""
    from client.keys_commands import show_keys

    _end(lambda: asyncio.run(show_keys(_out(), _slug(workspace))))


@keys.command("revoke")
def revoke_key(
    key_id: Annotated[UUID, typer.Argument(help="The key's id, as 'keys list' shows it.")],
    workspace: Workspace = None,
) -> None:
    """Revoke a key at once."""
    from client.keys_commands import revoke_key as revoke

    _end(lambda: asyncio.run(revoke(_out(), _slug(workspace), key_id)))


def main() -> None:
    """The entry point that pyproject.toml names."""
    app()
