"""`learning-loop erase`: asks for a customer's erasure, and waits until it is done."""

import asyncio
import sys
from collections.abc import Awaitable, Callable

from rich import box
from rich.console import Console
from rich.table import Table

from client.api import LearningLoop
from client.errors import ClientError
from client.shown import words
from domain.erasure_requests import Erasure, ErasureStatus

FROM_INPUT = "-"
_PAUSE_SECONDS = 0.5
_PATIENCE_SECONDS = 600.0

Sleep = Callable[[float], Awaitable[None]]


class NotErasedError(ClientError):
    """The erasure is not done yet."""


def customer_ref(given: str) -> str:
    """Return the reference that was given, or for `-` what stands on the standard input.

    A command's arguments are kept by the shell and shown to every user of the machine.
    """
    return sys.stdin.readline().strip() if given == FROM_INPUT else given


async def erase_customer(
    client: LearningLoop,
    out: Console,
    reference: str,
    reason: str,
    confirm: Callable[[str], bool] | None,
    *,
    sleep: Sleep = asyncio.sleep,
) -> int:
    """Erase and print from how many rows text was taken; return 0, or 1 if it was not confirmed."""
    question = "Erase what this customer has said, in every row and revision? There is no way back."
    if confirm is not None and not confirm(question):
        out.print("Nothing was erased.")
        return 1
    accepted = await client.erase(reference, reason)
    waited = 0.0
    while (erasure := await client.erasure(accepted.erasure_id)).status is not ErasureStatus.DONE:
        if waited >= _PATIENCE_SECONDS:
            raise NotErasedError(
                f"Erasure {erasure.id} is still {words(erasure.status)}, and goes on by itself. "
                f"See the workflow {accepted.workflow_id} in Temporal."
            )
        await sleep(_PAUSE_SECONDS)
        waited += _PAUSE_SECONDS
    _show(out, erasure)
    return 0


def _show(out: Console, erasure: Erasure) -> None:
    if not erasure.counts.get("interventions"):
        out.print(f"Erasure {erasure.id}: no intervention names this customer.")
        return
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("where")
    table.add_column("rows erased", justify="right")
    for place, count in erasure.counts.items():
        if count:
            table.add_row(place, str(count))
    out.print(table)
    out.print(f"Erasure {erasure.id} is done. Backups and other systems are not reached by it.")
