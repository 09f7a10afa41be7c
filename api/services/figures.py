"""Reads the figures of the dashboard and of `/v1/metrics/learning`: one source for both."""

import asyncio
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum

from domain.identity import Permission, Principal
from domain.metrics import LearningFigures
from domain.metrics_periods import Period, Wanted, choose_period
from store import metrics
from store.database import Connection, Database
from store.metrics_effect import measure_effects

_ITEMS = 12
"""Of how many items the effect is measured."""

_KEPT_SECONDS = 60
_KEPT = 64


class Fresh(StrEnum):
    """Whether figures are counted now, or may be those that a page has just shown."""

    COUNTED_NOW = "counted_now"
    AS_SHOWN = "as_shown"


def may_see_people(caller: Principal) -> bool:
    """Return whether a caller may see each person's work: whoever gives out work."""
    return caller.may(Permission.ASSIGN)


@dataclass
class FigureCache:
    """What pages have shown a moment ago, for the charts and downloads that they lead to."""

    _found: OrderedDict[tuple[str, Period, bool], tuple[float, LearningFigures]] = field(
        default_factory=OrderedDict[tuple[str, Period, bool], tuple[float, LearningFigures]]
    )
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def read(
        self, database: Database, caller: Principal, wanted: Wanted, fresh: Fresh
    ) -> LearningFigures:
        """Return the figures; raises ValueError that says what to change in what was asked for."""
        now = datetime.now(UTC)
        period = await _choose(database, caller.workspace, wanted, now)
        key = (caller.workspace, period, may_see_people(caller))
        if fresh is Fresh.COUNTED_NOW:
            return self._keep(key, await _count(database, caller, period, now))
        # The charts of one page are asked for together: the first counts for all.
        async with self._turn:
            figures = self._kept(key)
            return figures or self._keep(key, await _count(database, caller, period, now))

    def _kept(self, key: tuple[str, Period, bool]) -> LearningFigures | None:
        at, figures = self._found.get(key, (0.0, None))
        return figures if time.monotonic() - at < _KEPT_SECONDS else None

    def _keep(self, key: tuple[str, Period, bool], figures: LearningFigures) -> LearningFigures:
        self._found[key] = (time.monotonic(), figures)
        self._found.move_to_end(key)
        while len(self._found) > _KEPT:
            self._found.popitem(last=False)
        return figures


async def _choose(database: Database, workspace: str, wanted: Wanted, now: datetime) -> Period:
    async with database.reading(workspace) as connection:
        events = await metrics.find_events(connection, workspace)
    return choose_period(wanted, now=now, events=events)


async def _count(
    database: Database, caller: Principal, period: Period, now: datetime
) -> LearningFigures:
    async with database.snapshot(caller.workspace) as connection:
        return await _count_on(connection, caller, period, now)


async def _count_on(
    connection: Connection, caller: Principal, period: Period, now: datetime
) -> LearningFigures:
    workspace = caller.workspace
    settled = await metrics.settled_before(connection, workspace, now)
    rates, learning = await metrics.measure_rates(connection, workspace, period, settled)
    effects = await measure_effects(connection, workspace, period, settled, limit=_ITEMS)
    load = None
    if may_see_people(caller):
        load = tuple(await metrics.measure_load(connection, workspace, period, now))
    return LearningFigures(
        period=period,
        taken_at=now,
        rates=tuple(rates),
        before=await metrics.count_ends(connection, workspace, period.before, settled),
        learning=tuple(learning),
        approval_times=await metrics.measure_approvals(connection, workspace, period, now),
        gaps=tuple(await metrics.count_gaps(connection, workspace, period)),
        effect_by_item=tuple(effects.by_item),
        effect_by_proposal=tuple(effects.by_proposal),
        acceptance=tuple(await metrics.count_acceptance(connection, workspace, period)),
        rejections=tuple(await metrics.count_rejections(connection, workspace, period)),
        load=load,
        freshness=await metrics.find_freshness(connection, workspace),
    )
