"""Settles by which channels, and when, what was written down for people goes out."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime
from temporalio import activity

from activities.failures import told_to_temporal
from activities.kit import Kit
from domain.base import Message
from domain.notifications import Channel, Occasion, Reach, earliest
from domain.workspace_settings import WorkspaceSettings
from store import notices
from store.database import Connection
from store.notices import Notice
from store.notification_preferences import list_reaches
from store.workspaces import read_settings

_AT_ONCE = 200
_LISTED = 50
_UNDER_WAY = 200
"""How many messages may be on their way, or wait for another attempt, at one time."""

_OUTCOMES = frozenset({Occasion.APPLIED, Occasion.REJECTED})

Way = tuple[Channel, str, datetime]


class PlanInput(Message):
    """Whose notices to look at, at the workflow's time."""

    workspace: str
    now: AwareDatetime
    under_way: tuple[UUID, ...] = ()
    """What the workflow is sending already."""


class PlanResult(Message):
    """What is to be sent now, and when to look again if nothing new comes."""

    due: tuple[UUID, ...] = ()
    next_at: AwareDatetime | None = None
    is_full: bool = False
    """Whether there may be more to send than was listed."""


class PlanNotices:
    """Holds the database, and knows which channels there are."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def plan_notices(self, task: PlanInput) -> PlanResult:
        """Give each new notice its deliveries by people's preferences; return which are due.

        Side effect: rows of `notice_deliveries`, once for each notice and channel.
        """
        async with told_to_temporal(), self._kit.database.transaction(task.workspace) as connection:
            found = await notices.list_unplanned(connection, task.workspace, limit=_AT_ONCE)
            if found:
                await self._plan(connection, task, found)
            room = max(0, _UNDER_WAY - len(task.under_way))
            limit = min(room, _LISTED)
            due = await notices.list_due(
                connection, task.workspace, task.now, but=task.under_way, limit=limit
            )
            next_at = await notices.next_due_at(connection, task.workspace, task.now)
            return PlanResult(
                due=tuple(due),
                next_at=task.now if len(found) == _AT_ONCE else next_at,
                is_full=len(due) == limit,
            )

    async def _plan(self, connection: Connection, task: PlanInput, found: list[Notice]) -> None:
        settings = await read_settings(connection, task.workspace)
        reaches = await list_reaches(connection, task.workspace)
        for notice in found:
            ways: list[Way] = []
            if notice.person is None:
                ways = await self._of_workspace(connection, task, notice, settings)
            elif (reach := reaches.get(notice.person)) is not None:
                ways = list(self._of_person(notice, reach, task.now))
            await notices.plan(connection, task.workspace, notice.id, ways)

    async def _of_workspace(
        self, connection: Connection, task: PlanInput, notice: Notice, settings: WorkspaceSettings
    ) -> list[Way]:
        available, ways = self._kit.channels.available, list[Way]()
        if Channel.WEBHOOK in available:
            ways += [(Channel.WEBHOOK, url, task.now) for url in settings.notice_webhooks]
        if Channel.SLACK in available:
            targets = await self._slack_targets(connection, task, notice, settings)
            ways += [(Channel.SLACK, target, task.now) for target in targets]
        return ways

    async def _slack_targets(
        self, connection: Connection, task: PlanInput, notice: Notice, settings: WorkspaceSettings
    ) -> list[str]:
        """Return the channel to post in; of an outcome, the messages that it changes."""
        if notice.occasion in _OUTCOMES and notice.proposal_id is not None:
            return await notices.list_slack_messages(connection, task.workspace, notice.proposal_id)
        return [settings.slack_channel] if settings.slack_channel else []

    def _of_person(self, notice: Notice, reach: Reach, now: datetime) -> Iterator[Way]:
        at = earliest(reach.preferences, now)
        for channel in reach.channels(notice.occasion, self._kit.channels.available):
            yield channel, "", at
