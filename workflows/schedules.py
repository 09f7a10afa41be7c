"""Making the Temporal schedules of workspaces; what each starts and when, its own client says."""

from collections.abc import Callable, Iterable
from datetime import timedelta

from temporalio.client import Client, Schedule, ScheduleAlreadyRunningError

_RPC_TIMEOUT = timedelta(seconds=5)


async def make_missing(
    client: Client,
    workspaces: Iterable[str],
    *,
    id_of: Callable[[str], str],
    schedule_of: Callable[[str], Schedule],
) -> list[str]:
    """Make the schedule of each workspace that has none; return which had none. Raises RPCError."""
    made: list[str] = []
    for workspace in workspaces:
        try:
            await client.create_schedule(
                id_of(workspace), schedule_of(workspace), rpc_timeout=_RPC_TIMEOUT
            )
        except ScheduleAlreadyRunningError:
            continue
        made.append(workspace)
    return made
