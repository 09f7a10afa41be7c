"""Keeps a step from writing down what it read before an erasure. Not an activity.

An intervention's own text is fenced by the intervention; this is for steps that also read what an
erasure may change elsewhere, such as items and other proposals.
"""

from temporalio.exceptions import ApplicationError

from store import erasures
from store.database import Connection


async def refuse_if_overtaken(connection: Connection, workspace: str, finished_then: int) -> None:
    """Hold erasures off until the transaction ends; raise if one has finished since the reading.

    `finished_then` is `erasures.count_finished` from before anything was read. To be called before
    anything is locked. Temporal tries the step again, which then reads what is left.
    """
    await erasures.hold_off(connection, workspace)
    if await erasures.count_finished(connection, workspace) != finished_then:
        raise ApplicationError("an erasure has changed what was read", type="erased_meanwhile")
