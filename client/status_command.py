"""`learning-loop status`: what runs, how much there is, and what waits for people."""

from rich.console import Console
from rich.table import Table

from client.api import LearningLoop
from client.connection import RunningStack
from client.models import ListedProposal
from client.review_commands import proposals_table
from client.shown import counted, since, until
from domain.proposals import ProposalStatus

NOT_WELL = 1
_MOST_INTERVENTIONS = 5_000
_SHOWN = 10


async def show_status(client: LearningLoop, out: Console, stack: RunningStack | None) -> int:
    """Print the state of every part and of the work; return 0 if all parts are well, else 1."""
    checks = await client.ready()
    table = Table.grid(padding=(0, 3))
    table.add_row("API", "ok", client.url)
    details = {"temporal": f"UI {stack.temporal_ui}" if stack and stack.temporal_ui else ""}
    names = {"database": "Postgres", "temporal": "Temporal"}
    for name, state in checks.items():
        table.add_row(names.get(name, name), state, details.get(name, ""))
    out.print(table)
    if checks.get("database") == "ok":
        await _show_work(client, out)
    return 0 if set(checks.values()) <= {"ok"} else NOT_WELL


async def _show_work(client: LearningLoop, out: Console) -> None:
    statuses = [line.status async for line in client.interventions(most=_MOST_INTERVENTIONS)]
    more = " (the newest ones)" if len(statuses) == _MOST_INTERVENTIONS else ""
    proposals = [proposal async for proposal in client.proposals()]
    out.print()
    out.print(f"{len(statuses)} interventions{more}: {counted(statuses) or 'none yet'}")
    counts = counted(proposal.status for proposal in proposals)
    out.print(f"{len(proposals)} proposals: {counts or 'none yet'}")
    waiting = [p for p in proposals if p.status is ProposalStatus.IN_REVIEW]
    if waiting:
        _show_waiting(out, waiting)


def _show_waiting(out: Console, waiting: list[ListedProposal]) -> None:
    oldest = min(proposal.created_at for proposal in waiting)
    due = min((p.due_at for p in waiting if p.due_at is not None), default=None)
    out.print()
    out.print(
        f"{len(waiting)} wait for people, the oldest {since(oldest)}"
        + (f"; the first is due {until(due)}" if due else "")
    )
    waiting.sort(key=lambda p: (p.due_at is None, p.due_at, p.created_at))
    out.print(proposals_table(waiting[:_SHOWN]))
    if len(waiting) > _SHOWN:
        out.print(f"… and {len(waiting) - _SHOWN} more: learning-loop proposals")
