"""How sure an agent must be in each workspace now, remembered for some seconds."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta

from agent.weighing import standard_of
from domain.answering import LEARNED_FROM, Standard
from store.database import Database
from store.outcomes import list_judged
from store.workspaces import read_settings

FRESH_SECONDS = 5.0
"""For how long a standard is used: to read the outcomes and learn from them takes as long as a
search or two."""


class Standards:
    """The standards of the workspaces that were asked about. Held for as long as the process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Tell time by `clock`, in seconds."""
        self._clock = clock
        self._known: dict[tuple[str, str], tuple[float, Standard | None]] = {}
        self._learning: dict[tuple[str, str], asyncio.Lock] = {}

    async def standard(self, database: Database, workspace: str, agent: str) -> Standard | None:
        """Return how sure the agent must be, by its outcomes in the workspace and the budget.

        None while too few outcomes are judged (`domain.answering`).
        """
        # Of those who ask when it is no longer fresh one learns, and the others wait for that.
        of = (workspace, agent)
        async with self._learning.setdefault(of, asyncio.Lock()):
            known = self._known.get(of)
            if known is None or self._clock() - known[0] >= FRESH_SECONDS:
                learned = await _learned(database, workspace, agent)
                known = self._known[of] = (self._clock(), learned)
            return known[1]


async def _learned(database: Database, workspace: str, agent: str) -> Standard | None:
    async with database.transaction(workspace) as connection:
        settings = await read_settings(connection, workspace)
        judged = await list_judged(
            connection,
            workspace,
            agent=agent,
            settles_after=timedelta(hours=settings.settles_after_hours),
            limit=LEARNED_FROM,
        )
    # In a thread: others are served meanwhile.
    return await asyncio.to_thread(standard_of, judged, settings.wrong_answer_budget)
