"""`learning-loop knowledge checkup`: has the items that drift looked for, and lists them."""

import asyncio
import time
from datetime import UTC, datetime

from rich.console import Console
from rich.table import Table

from client.api import LearningLoop
from client.models import CheckupAnswer, CheckupFinding
from client.shown import plain, span, words
from domain.checkups import DriftHandling

_POLL_SECONDS = 0.5
_HANDLED = {
    DriftHandling.PROPOSED: "people are asked",
    DriftHandling.ALREADY_OPEN: "people are asked already",
    DriftHandling.DECLINED_BEFORE: "people have declined it before",
    DriftHandling.NEXT_TIME: "kept for the next run",
    DriftHandling.QUARANTINED: "taken out of use; people are asked",
    DriftHandling.SPARED: "failing, but not taken out: a proposal on it is open",
}


async def check_up(api: LearningLoop, out: Console, patience: float) -> int:
    """Start a checkup, wait up to `patience` seconds for its end, and print it; return 0."""
    before = (await api.checkup()).checkup
    await api.start_checkup()
    until = time.monotonic() + patience
    while True:
        now = await api.checkup()
        if now.checkup is not None and (before is None or now.checkup.id != before.id):
            break
        if time.monotonic() >= until:
            out.print(
                "The checkup has begun and goes on by itself; "
                "see 'learning-loop knowledge checkup --last' later. Before it:"
            )
            break
        await asyncio.sleep(_POLL_SECONDS)
    _show(out, now)
    return 0


async def show_last(api: LearningLoop, out: Console) -> int:
    """Print what the last checkup has found; return 0."""
    _show(out, await api.checkup())
    return 0


def _show(out: Console, answer: CheckupAnswer) -> None:
    checkup = answer.checkup
    if checkup is None:
        out.print("No checkup has run yet.")
        return
    ago = span(datetime.now(UTC) - checkup.finished_at)
    out.print(
        f"The last checkup ended {ago} ago. Looked at: {checkup.examined}; drifting: "
        f"{checkup.found}; people asked about: {checkup.proposed}."
    )
    if not answer.findings:
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("item", "why", "beside", "what came of it", "proposal"):
        table.add_column(heading, overflow="fold")
    for finding in answer.findings:
        table.add_row(*_row(finding))
    out.print(table)


def _row(finding: CheckupFinding) -> tuple[str, ...]:
    return (
        plain(finding.title or str(finding.item_id)),
        words(finding.cause),
        plain(finding.other_title),
        _HANDLED[finding.handling],
        str(finding.proposal_id)[:8] if finding.proposal_id else "",
    )
