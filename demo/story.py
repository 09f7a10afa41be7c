"""The demo's steps over HTTP, as an integration, an agent and reviewers would take them.

Nothing is printed here; `demo.report` shows what the steps return.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar, cast
from uuid import UUID

from client.api import LearningLoop
from client.connection import Target
from client.errors import UnreachableError
from client.models import Accepted, AskAnswer, InterventionDetail, ListedProposal
from demo.content import (
    EXPECTED_GAP,
    GAP_KEY,
    Company,
    DemoQuery,
    Expectation,
    content_of,
    kind_of,
)
from demo.plan import LEFT_WAITING, REJECTED_GAP, Origin
from domain.base import JsonObject
from domain.conversation import InterventionStatus
from domain.findings import Gap
from domain.identity import ApiRole
from domain.knowledge import ItemKind, ToolConnectionContent
from domain.proposals import ProposalStatus, ReplayEffect
from domain.reviews import RejectionReason, Verdict

T = TypeVar("T")

_AT_ONCE = 6
_POLL_SECONDS = 0.15
ANALYSIS_SECONDS = 900.0
APPLY_SECONDS = 60.0
PATIENCE_SECONDS = 60.0
_UNDER_WAY = frozenset({InterventionStatus.RECEIVED, InterventionStatus.ANALYZING})
_UNFINISHED = frozenset({ProposalStatus.DRAFTING, ProposalStatus.CHANGES_REQUESTED})

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Callers:
    """A client for each role that the demo plays."""

    integration: LearningLoop
    agent: LearningLoop
    reviewer: LearningLoop
    lead: LearningLoop
    admin: LearningLoop


@asynccontextmanager
async def callers(url: str, keys: dict[str, str]) -> AsyncGenerator[Callers]:
    """Yield the clients, each with its role's key."""
    async with AsyncExitStack() as stack:
        clients = {
            role.value: await stack.enter_async_context(
                LearningLoop(Target(url=url, key=keys[role.value]))
            )
            for role in ApiRole
        }
        yield Callers(**clients)


class Ending(StrEnum):
    """How a query ended, judged by what a right answer has to hold."""

    RIGHT = "answered"
    WRONG = "wrong answer"
    HANDED_OFF = "handed off"


@dataclass(frozen=True)
class Asked:
    """A query, what the agent made of it, and whether that was right."""

    query: DemoQuery
    answer: AskAnswer
    ending: Ending

    @property
    def as_it_should(self) -> bool:
        """Whether it ended as it should once its gap is closed."""
        should = {Expectation.ANSWERED: Ending.RIGHT, Expectation.HANDOFF: Ending.HANDED_OFF}
        return self.ending is should[self.query.expects]


@dataclass(frozen=True)
class Posted:
    """A submitted intervention with the answers that its metadata keeps for this table."""

    origin: Origin
    accepted: Accepted
    expected_gap: Gap
    gap_key: str | None


@dataclass(frozen=True)
class Learned:
    """What was read out of the interventions, and the proposals that came of them."""

    posted: Sequence[Posted]
    details: Sequence[InterventionDetail]
    proposals: Sequence[ListedProposal]
    gap_keys: dict[UUID, str | None] = field(default_factory=dict[UUID, str | None])

    def key_of(self, proposal: ListedProposal) -> str | None:
        """Return the gap that the proposal's first intervention stands for; None for none."""
        return self.gap_keys.get(proposal.origin.id)

    def read_as_meant(self) -> int:
        """Return how many interventions were read with the gap that their author meant."""
        return sum(
            first_gap(detail) is posted.expected_gap
            for posted, detail in zip(self.posted, self.details, strict=True)
        )


def first_gap(detail: InterventionDetail) -> Gap | None:
    """Return the gap of the weightiest finding; None without an analysis."""
    return detail.analysis.findings[0].gap if detail.analysis else None


async def import_company(admin: LearningLoop, company: Company) -> dict[str, str]:
    """Bring in the company's knowledge; return each item's id by its slug."""
    items = company.items()
    posted: list[JsonObject] = [
        {"kind": kind_of(item).value, "content": content_of(item)} for item in items
    ]
    imported = await _patiently(partial(admin.import_items, posted))
    return {item.slug: str(done.item_id) for item, done in zip(items, imported, strict=True)}


async def ask_all(callers: Callers, queries: Sequence[DemoQuery]) -> list[Asked]:
    """Ask every query as a customer would, and judge the answers."""
    answers = await _few_at_once(partial(callers.agent.ask, query.query) for query in queries)
    tools = await _tools_by_item(callers.agent)
    return [
        Asked(query, answer, judge(query, answer, tools))
        for query, answer in zip(queries, answers, strict=True)
    ]


def judge(query: DemoQuery, answer: AskAnswer, tools: dict[UUID, frozenset[str]]) -> Ending:
    """Return how a query ended. `tools` are the names of each tool connection's tools."""
    if not answer.answered:
        return Ending.HANDED_OFF
    if query.expects is Expectation.HANDOFF or not query.is_right(answer.answer):
        return Ending.WRONG
    used = {name for item in answer.items_used for name in tools.get(item.item_id, ())}
    if query.needs_tool and query.needs_tool not in used:
        return Ending.WRONG
    return Ending.RIGHT


async def _tools_by_item(agent: LearningLoop) -> dict[UUID, frozenset[str]]:
    return {
        item.id: frozenset(tool.name for tool in item.content.tools)
        async for item in agent.items(ItemKind.TOOL_CONNECTION)
        if isinstance(item.content, ToolConnectionContent)
    }


def in_waves(rows: Sequence[JsonObject]) -> list[list[JsonObject]]:
    """Return the interventions so that those on one question are in different waves, oldest first.

    In life there are days between them. Posted at once, it would be chance which of them a
    proposal is drafted from and which only support it, and the table would differ from run to run.
    """
    waves: list[list[JsonObject]] = []
    seen: dict[str, int] = {}
    for row in rows:
        key = _metadata(row).get(GAP_KEY)
        number = seen.get(key, 0) if key else 0
        if key:
            seen[key] = number + 1
        if number == len(waves):
            waves.append([])
        waves[number].append(row)
    return waves


async def submit_wave(
    integration: LearningLoop, rows: Sequence[JsonObject], ids: dict[str, str]
) -> list[Posted]:
    """Post some interventions at once, as a help desk's integration would."""

    async def submit(row: JsonObject) -> Posted:
        metadata = _metadata(row)
        return Posted(
            origin=Origin(str(row["source"]), str(row["external_id"])),
            accepted=await integration.submit(with_item_ids(row, ids)),
            expected_gap=Gap(metadata[EXPECTED_GAP]),
            gap_key=metadata.get(GAP_KEY),
        )

    return await _few_at_once(partial(submit, row) for row in rows)


def _metadata(row: JsonObject) -> dict[str, str]:
    return cast(dict[str, str], row["metadata"])


def with_item_ids(row: JsonObject, ids: dict[str, str]) -> JsonObject:
    """Return the intervention with the ids of the items that it names by slug."""
    agent: Any = row["agent"]
    used: JsonObject = {**agent, "items_used": [ids[slug] for slug in agent["items_used"]]}
    return {**row, "agent": used}


async def wait_until_read(
    callers: Callers, posted: Sequence[Posted], tell: Callable[[int], None]
) -> None:
    """Return once all these interventions are read and drafted from; tell how many are."""
    ids = [entry.accepted.intervention_id for entry in posted]
    async for _ in _ticks(ANALYSIS_SECONDS):
        lines = {line.id: line async for line in callers.integration.interventions()}
        waiting = [i for i in ids if i not in lines or lines[i].status in _UNDER_WAY]
        tell(len(ids) - len(waiting))
        if not waiting:
            return


async def learned_from(callers: Callers, posted: Sequence[Posted]) -> Learned:
    """Return what came of the interventions."""
    ids = [entry.accepted.intervention_id for entry in posted]
    proposals = await open_proposals(callers.reviewer)
    details = await _few_at_once(partial(callers.reviewer.intervention, i) for i in ids)
    keys = {entry.accepted.intervention_id: entry.gap_key for entry in posted}
    return Learned(posted, details, proposals, keys)


async def open_proposals(reviewer: LearningLoop) -> list[ListedProposal]:
    """Return the proposals once none of them is being drafted any more."""
    found: list[ListedProposal] = []
    async for _ in _ticks(APPLY_SECONDS):
        found = [proposal async for proposal in reviewer.proposals()]
        if not any(proposal.status in _UNFINISHED for proposal in found):
            break
    return found


def approvals_to_give(learned: Learned, proposal: ListedProposal) -> int | None:
    """Return how many approvals the demo gives; None for all that are needed.

    What answers no gap of the demo's own, or breaks a past query, is left to a person; so is what
    a reviewer is going to reject.
    """
    key = learned.key_of(proposal)
    breaks = proposal.verification.count(ReplayEffect.BROKEN) if proposal.verification else 0
    if key is None or key == REJECTED_GAP or breaks:
        return 0
    return LEFT_WAITING.get(key)


async def decide_all(callers: Callers, learned: Learned, tell: Tell) -> None:
    """Approve as planned, and wait until that is applied.

    A proposal that had to be drafted again, because another changed the same item first, is
    approved again.
    """
    planned = {p.id: approvals_to_give(learned, p) for p in learned.proposals}
    decided: set[tuple[UUID, str]] = set()
    now = list(learned.proposals)
    async for _ in _ticks(APPLY_SECONDS):
        for proposal in now:
            version = (proposal.id, proposal.content_hash)
            if proposal.status is ProposalStatus.IN_REVIEW and version not in decided:
                decided.add(version)
                await _approve(callers, proposal, planned.get(proposal.id, 0))
        now = [proposal async for proposal in callers.reviewer.proposals()]
        to_apply = [p for p in now if p.id in planned and planned[p.id] is None]
        missing = [p for p in to_apply if not p.status.is_final]
        tell(f"{len(to_apply) - len(missing)} of {len(to_apply)} applied")
        if not missing:
            break


async def _approve(callers: Callers, proposal: ListedProposal, most: int | None) -> None:
    detail = await callers.reviewer.proposal(proposal.id)
    needed = detail.approvals_needed or 1
    people = (callers.reviewer, callers.lead, callers.admin)
    for person in people[: needed if most is None else most]:
        await person.decide(proposal.id, Verdict.APPROVE, detail.content_hash)


async def reject(reviewer: LearningLoop, learned: Learned, gap_key: str, reason: str) -> None:
    """Reject the open proposal for a gap, if there is one, and wait until that has taken effect."""
    found = [p for p in learned.proposals if learned.key_of(p) == gap_key]
    for proposal in found:
        await reviewer.decide(
            proposal.id,
            Verdict.REJECT,
            proposal.content_hash,
            reason,
            rejection_reason=RejectionReason.WRONG,
        )
        async for _ in _ticks(APPLY_SECONDS):
            if (await reviewer.proposal(proposal.id)).status.is_final:
                break


async def _ticks(seconds: float) -> AsyncGenerator[None]:
    """Yield now and then until the deadline; the last time after it."""
    deadline = time.monotonic() + seconds
    while True:
        is_last = time.monotonic() >= deadline
        yield
        if is_last:
            return
        await asyncio.sleep(_POLL_SECONDS)


async def _patiently(call: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Return the call's result; on a slow machine a part may be away or busy for a moment."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await call()
        except UnreachableError as error:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(error.retry_after or 1.0)


async def _few_at_once(calls: Iterable[Callable[[], Coroutine[Any, Any, T]]]) -> list[T]:
    """Return the results in order; the first failure cancels the rest and is raised."""
    limit = asyncio.Semaphore(_AT_ONCE)

    async def run(call: Callable[[], Coroutine[Any, Any, T]]) -> T:
        async with limit:
            return await _patiently(call)

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(run(call)) for call in calls]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]
