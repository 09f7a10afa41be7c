"""One checkup: finds the items that drift, and asks people about the worst of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5

from temporalio import activity

from activities.checkup_requests import Wish, ask_for_review, order_quarantine
from activities.drift_suspects import Examined, find_suspects
from activities.failures import heartbeats, told_to_temporal
from activities.kit import Kit
from activities.overtaking import refuse_if_overtaken
from domain.base import Message
from domain.checkups import (
    MAX_PROPOSED,
    MAX_QUARANTINED,
    Asked,
    CheckupStart,
    DriftCause,
    DriftHandling,
    Suspect,
    may_ask,
    quarantine_reason,
    reason_for,
    worst_first,
)
from domain.erasure import ERASED
from domain.item_health import QUARANTINE
from domain.knowledge import (
    ArticleContent,
    Change,
    Item,
    ItemKind,
    ItemStatus,
    Operation,
)
from domain.wordings import gathered, without
from store import checkups, erasures, knowledge, wordings, workspaces
from store.database import Connection

MAX_RECORDED = 200
"""How many findings of a run are kept, beside those that it acts on."""


class FindDriftInput(Message):
    """Which workspace to check, in which run, and what made it begin."""

    workspace: str
    checkup_id: UUID
    started_by: CheckupStart = CheckupStart.SCHEDULE


class Quarantined(Message):
    """An article that the policy takes out, and the request that says so."""

    request_id: UUID
    item_id: UUID


class FindDriftResult(Message):
    """How many items were looked at and found, and what comes of it."""

    examined: int
    found: int
    proposed: int
    quarantined: tuple[Quarantined, ...] = ()


class _Ruled(NamedTuple):
    """What is done about a suspect, and the proposals that it takes."""

    handling: DriftHandling
    request_id: UUID | None = None
    proposals: int = 0


class FindDrift:
    """Holds the database and the embedder."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def find_drift(self, task: FindDriftInput) -> FindDriftResult:
        """Store what drifts, and ask people about it, or order what the quarantine policy wants.

        Side effects: the run and its findings, change requests with their proposals, and what
        Temporal must hear of them, in one transaction; idempotent on `checkup_id`. Tried again
        after an erasure meanwhile, since reasons name items. Permanent failure: `not_found`.
        """
        async with told_to_temporal(), heartbeats():
            now = datetime.now(UTC)
            async with self._kit.database.transaction(task.workspace) as connection:
                finished = await erasures.count_finished(connection, task.workspace)
                settings = await workspaces.read_settings(connection, task.workspace)
            unused_after = timedelta(days=settings.unused_after_days)
            examined = await find_suspects(
                self._kit, task.workspace, now=now, unused_after=unused_after
            )
            async with self._kit.database.transaction(task.workspace) as connection:
                await refuse_if_overtaken(connection, task.workspace, finished)
                await checkups.lock_checkups(connection, task.workspace)
                told = await _told(connection, task)
                return told or await _Writing(connection, task, now).write(examined)


class _Writing:
    """Rules on the suspects of one run, in its transaction."""

    def __init__(self, connection: Connection, task: FindDriftInput, now: datetime) -> None:
        """Write through `connection`."""
        self._connection = connection
        self._workspace = task.workspace
        self._task = task
        self._now = now
        self._proposed = 0
        self._quarantined: list[Quarantined] = []
        self._under_change: set[UUID] = set()
        self._in_revision: set[UUID] = set()
        self._before: Mapping[tuple[UUID, DriftCause], Asked] = {}
        self._items: Mapping[UUID, Item] = {}
        self._policy_of: str | None = None

    async def write(self, examined: Examined) -> FindDriftResult:
        suspects = worst_first(examined.suspects)
        await self._read(suspects)
        ruled = [(suspect, await self._rule(suspect)) for suspect in suspects]
        await checkups.insert_checkup(
            self._connection,
            self._workspace,
            self._task.checkup_id,
            started_by=self._task.started_by,
            examined=examined.items,
            found=len(suspects),
            proposed=self._proposed,
        )
        for place, (suspect, ruling) in enumerate(ruled):
            if place < MAX_RECORDED or ruling.request_id is not None:
                await checkups.save_finding(
                    self._connection,
                    self._workspace,
                    self._task.checkup_id,
                    suspect,
                    place=place,
                    handling=ruling.handling,
                    request_id=ruling.request_id,
                    now=self._now,
                )
        return FindDriftResult(
            examined=examined.items,
            found=len(suspects),
            proposed=self._proposed,
            quarantined=tuple(self._quarantined),
        )

    async def _read(self, suspects: Sequence[Suspect]) -> None:
        connection, workspace = self._connection, self._workspace
        item_ids = {s.item_id for s in suspects} | {s.other_id for s in suspects if s.other_id}
        self._under_change = await checkups.items_under_change(connection, workspace, item_ids)
        self._in_revision = await checkups.items_in_revision(connection, workspace, item_ids)
        self._before = await checkups.asked_before(connection, workspace, item_ids)
        items = await knowledge.get_items(connection, workspace, list(item_ids))
        self._items = {item.id: item for item in items}
        self._policy_of = await checkups.quarantine_switched_on_by(connection, workspace)

    async def _rule(self, suspect: Suspect) -> _Ruled:
        """Return what is done about a suspect, and do it."""
        if not self._is_as_found(suspect):
            # Changed since it was read: the next run sees it as it is.
            return _Ruled(DriftHandling.NEXT_TIME)
        if self._policy_of is not None and self._is_for_quarantine(suspect):
            return await self._quarantine(suspect, self._policy_of)
        if self._under_change & {suspect.item_id, suspect.other_id}:
            return _Ruled(DriftHandling.ALREADY_OPEN)
        if not may_ask(suspect, self._before.get((suspect.item_id, suspect.cause)), self._now):
            return _Ruled(DriftHandling.DECLINED_BEFORE)
        return await self._ask(suspect)

    def _is_as_found(self, suspect: Suspect) -> bool:
        item = self._items.get(suspect.item_id)
        other = self._items.get(suspect.other_id) if suspect.other_id else item
        if item is None or other is None:
            return False
        statuses = {item.status, other.status}
        return statuses == {ItemStatus.ACTIVE} and item.revision == suspect.revision

    def _is_for_quarantine(self, suspect: Suspect) -> bool:
        return (
            suspect.kind is ItemKind.ARTICLE
            and suspect.cause is DriftCause.FAILING
            and QUARANTINE.is_passed_by(suspect.health)
        )

    async def _quarantine(self, suspect: Suspect, switched_on_by: str) -> _Ruled:
        if suspect.item_id in self._in_revision:
            # It would be based on what is gone: people may be about to approve what mends this.
            return _Ruled(DriftHandling.SPARED)
        if len(self._quarantined) >= MAX_QUARANTINED:
            return _Ruled(DriftHandling.NEXT_TIME)
        request_id = self._request_id(suspect)
        is_ordered = await order_quarantine(
            self._connection,
            self._workspace,
            request_id,
            suspect.item_id,
            _retirement(self._items[suspect.item_id]),
            reason=quarantine_reason(suspect.health, switched_on_by),
            switched_on_by=switched_on_by,
        )
        if not is_ordered:
            # An earlier run has ordered it, and it is yet to be carried out.
            return _Ruled(DriftHandling.QUARANTINED)
        self._quarantined.append(Quarantined(request_id=request_id, item_id=suspect.item_id))
        return _Ruled(DriftHandling.QUARANTINED, request_id)

    async def _ask(self, suspect: Suspect) -> _Ruled:
        wishes = await self._wishes(suspect)
        if self._proposed + len(wishes) > MAX_PROPOSED:
            return _Ruled(DriftHandling.NEXT_TIME)
        other = self._items.get(suspect.other_id) if suspect.other_id else None
        request_id = self._request_id(suspect)
        is_asked = await ask_for_review(
            self._connection,
            self._workspace,
            request_id,
            suspect.item_id,
            wishes,
            reason=reason_for(suspect, self._now, other_title=other.content.title if other else ""),
        )
        if not is_asked:
            return _Ruled(DriftHandling.ALREADY_OPEN)
        self._proposed += len(wishes)
        self._under_change |= {wish.change.item_id for wish in wishes if wish.change.item_id}
        return _Ruled(DriftHandling.PROPOSED, request_id)

    async def _wishes(self, suspect: Suspect) -> list[Wish]:
        """Return the changes to ask for.

        What finds an item that goes since another says the same finds that other one from then on:
        its question and the customers' wordings become a proposal of their own, the first one.
        """
        item = self._items[suspect.item_id]
        title = item.content.title
        if suspect.cause is not DriftCause.DUPLICATE or suspect.other_id is None:
            return [Wish(f"Retire: {title}", _retirement(item))]
        other = self._items[suspect.other_id]
        retire = Wish(f"Retire, as another says the same: {title}", _retirement(item))
        change = await self._taking_over(item, other)
        if change is None:
            return [retire]
        return [Wish(f"Find by the questions of '{title}': {other.content.title}", change), retire]

    async def _taking_over(self, item: Item, other: Item) -> Change | None:
        """Return the revision from which `other` is found by what finds `item`; None if it is."""
        connection, workspace = self._connection, self._workspace
        known = await wordings.list_phrasings(connection, workspace, other.id)
        asked = await wordings.list_phrasings(connection, workspace, item.id)
        if isinstance(item.content, ArticleContent):
            asked = [item.content.question, *asked]
        if isinstance(other.content, ArticleContent):
            known = [other.content.question, *known]
        phrasings = gathered((), without(asked, [*known, ERASED]))
        if not phrasings:
            return None
        return Change(
            kind=other.kind,
            operation=Operation.REVISE,
            item_id=other.id,
            base_revision=other.revision,
            content=other.content,
            phrasings=phrasings,
        )

    def _request_id(self, suspect: Suspect) -> UUID:
        return uuid5(self._task.checkup_id, f"{suspect.item_id}/{suspect.cause}")


async def _told(connection: Connection, task: FindDriftInput) -> FindDriftResult | None:
    """Return what a run that was written before has told, if there is one."""
    earlier = await checkups.find_checkup(connection, task.workspace, task.checkup_id)
    if earlier is None:
        return None
    findings = await checkups.list_findings(connection, task.workspace, earlier.id)
    return FindDriftResult(
        examined=earlier.examined,
        found=earlier.found,
        proposed=earlier.proposed,
        quarantined=tuple(
            Quarantined(request_id=finding.request_id, item_id=finding.item_id)
            for finding in findings
            if finding.checkup_id == earlier.id
            and finding.handling is DriftHandling.QUARANTINED
            and finding.request_id
        ),
    )


def _retirement(item: Item) -> Change:
    return Change(
        kind=item.kind,
        operation=Operation.RETIRE,
        item_id=item.id,
        base_revision=item.revision,
        content=item.content,
    )
