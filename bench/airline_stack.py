"""The airline's cases through a running stack, over HTTP, as an integration would send them."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from bench import report as bench_report
from bench.airline_data import load_trials
from bench.airline_replay import Replayed, record, replay_trials
from bench.airline_report import AirlineReport, ProposalFigures, proof_of, times_of
from bench.errors import BenchError
from client.api import LearningLoop
from client.connection import Given, Target, find_target
from client.errors import UnreachableError
from client.models import Accepted, InterventionDetail, ProposalDetail
from domain.base import JsonObject
from domain.conversation import InterventionStatus, Submission
from domain.findings import Gap
from domain.identity import ApiRole
from domain.knowledge import ItemKind, PolicyContent
from domain.proposals import ProposalStatus, ReplayEffect
from embedded.stack import EmbeddedStack
from gateways.embeddings import load_embedder

AT_ONCE = 6
"""Few enough that an intervention's own time shows, enough that no part of the stack idles."""

LONGEST_SECONDS = 300.0
LONGEST_UNVERIFIED_SECONDS = 120.0
_POLL_SECONDS = 0.2
_CALLS_AT_ONCE = 6
_UNDER_WAY = frozenset({InterventionStatus.RECEIVED, InterventionStatus.ANALYZING})

Tell = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True)
class Found:
    """A run's figures, and the proposals in full for a reader."""

    report: AirlineReport
    proposals: Sequence[ProposalDetail]
    names: dict[UUID, str]


@asynccontextmanager
async def own_stack() -> AsyncGenerator[Target]:
    """Start a throw-away stack with the offline analyst; yield how to call it."""
    stack = EmbeddedStack()
    stack.env["LEARNING_LOOP_ANALYST"] = "offline"
    async with stack:
        key = stack.info.keys[ApiRole.ADMIN.value]
        yield Target(url=stack.info.api, key=key)


@asynccontextmanager
async def given_stack(given: Given) -> AsyncGenerator[Target]:
    """Yield how to call a stack that runs already; the key must be an administrator's."""
    yield find_target(given, ApiRole.ADMIN)


async def run(
    target: Target,
    submissions: Sequence[Submission],
    policies: Sequence[PolicyContent],
    *,
    tell: Tell,
    at_once: int = AT_ONCE,
) -> Found:
    """Return what the stack made of the interventions, all of them read."""
    machine = bench_report.machine()
    async with LearningLoop(target) as client:
        known = await _import(client, policies)
        tell(f"{known} policies are known; posting {len(submissions)} interventions")
        watch = _Watch(client, len(submissions), tell)
        started = time.perf_counter()
        accepted = await watch.through(submissions, at_once)
        total = time.perf_counter() - started
        details = await _few_at_once(client.intervention, [a.intervention_id for a in accepted])
        proposals = await _proposals_of(client, details)
        names = {detail.id: detail.external_id for detail in details}
        tell("replaying the other trials of each task")
        replayed = await _replayed(client, proposals, names)
    times = times_of(watch.seconds, total=total, at_once=at_once)
    readings = [detail.analysis for detail in details if detail.analysis is not None]
    gaps = Counter(finding.gap for reading in readings for finding in reading.findings)
    figures = tuple(_figures(p, names, r) for p, r in zip(proposals, replayed, strict=True))
    report = AirlineReport(
        at=bench_report.now(),
        mode="stack",
        analyst=", ".join(sorted({reading.analyst.name for reading in readings})),
        machine=machine,
        policies=known,
        interventions=len(details),
        statuses=dict(Counter(detail.status.value for detail in details)),
        findings={gap: gaps[gap] for gap in Gap},
        drafted=sum(p.support for p in proposals),
        proposals=figures,
        proof=proof_of(figures),
        times=times,
    )
    return Found(report, proposals, names)


async def _import(client: LearningLoop, policies: Sequence[PolicyContent]) -> int:
    """Bring in the policies that the workspace lacks; return how many it knows."""
    known = {
        item.content.search_text()
        async for item in client.items(ItemKind.POLICY)
        if isinstance(item.content, PolicyContent)
    }
    missing: list[JsonObject] = [
        {"kind": ItemKind.POLICY.value, "content": policy.model_dump(mode="json")}
        for policy in policies
        if policy.search_text() not in known
    ]
    if missing:
        await client.import_items(missing)
    return len(known) + len(missing)


class _Watch:
    """Posts interventions, a few under way at once, and times each until it is read."""

    def __init__(self, client: LearningLoop, count: int, tell: Tell) -> None:
        self.seconds: list[float] = []
        self._client = client
        self._count = count
        self._tell = tell
        self._read: dict[UUID, asyncio.Event] = {}

    async def through(self, submissions: Sequence[Submission], at_once: int) -> list[Accepted]:
        """Return what was accepted once all of it is read; raises BenchError if that is late."""
        slots = asyncio.Semaphore(at_once)
        watching = asyncio.create_task(self._watch())
        try:
            async with asyncio.timeout(LONGEST_SECONDS), asyncio.TaskGroup() as tasks:
                posts = [tasks.create_task(self._one(s, slots)) for s in submissions]
        except TimeoutError:
            late = f"{len(self.seconds)} of {self._count} were read in {LONGEST_SECONDS:.0f} s"
            raise BenchError(late) from None
        finally:
            watching.cancel()
        return [post.result() for post in posts]

    async def _one(self, submission: Submission, slots: asyncio.Semaphore) -> Accepted:
        async with slots:
            start = time.perf_counter()
            accepted = await _submit(self._client, submission)
            await self._read.setdefault(accepted.intervention_id, asyncio.Event()).wait()
            self.seconds.append(time.perf_counter() - start)
        done = len(self.seconds)
        if done % 10 == 0 or done == self._count:
            self._tell(f"{done} of {self._count} are read")
        return accepted

    async def _watch(self) -> None:
        """Look again and again which are read; what cannot be asked now is asked again."""
        while True:
            try:
                async for line in self._client.interventions():
                    if line.status not in _UNDER_WAY:
                        self._read.setdefault(line.id, asyncio.Event()).set()
            except UnreachableError:
                pass
            await asyncio.sleep(_POLL_SECONDS)


async def _submit(client: LearningLoop, submission: Submission) -> Accepted:
    body = submission.model_dump_json().encode()
    while True:
        try:
            return await client.submit(body)
        except UnreachableError as error:
            # Posting again is safe: the API knows what it has by source and external id.
            await asyncio.sleep(error.retry_after or 1.0)


async def _proposals_of(
    client: LearningLoop, details: Sequence[InterventionDetail]
) -> list[ProposalDetail]:
    """Return the proposals that these interventions led to, best supported first."""
    ids = {p.id for detail in details for p in detail.proposals}
    proposals = await _verified(client, ids)
    kept = [p for p in proposals if p.status is not ProposalStatus.SUPERSEDED]
    return sorted(kept, key=lambda p: (-p.support, p.title))


async def _verified(client: LearningLoop, ids: Collection[UUID]) -> list[ProposalDetail]:
    """Return those of the proposals that there are, once each is verified.

    Of several that one intervention leads to, the first makes it wait for people; the others, and
    drafts that are sent back, may still be under way. One that stays without is told as it is.
    """
    longest = time.monotonic() + LONGEST_UNVERIFIED_SECONDS
    while True:
        found = [p async for p in client.proposals() if p.id in ids]
        proposals = await _few_at_once(client.proposal, [p.id for p in found])
        waiting = [p for p in proposals if p.verification is None and not p.status.is_final]
        if not waiting or time.monotonic() > longest:
            return proposals
        await asyncio.sleep(_POLL_SECONDS)


async def _few_at_once(read: Callable[[UUID], Awaitable[T]], ids: Iterable[UUID]) -> list[T]:
    """Return what `read` answers for each id, in order."""
    slots = asyncio.Semaphore(_CALLS_AT_ONCE)

    async def one(identity: UUID) -> T:
        async with slots:
            return await read(identity)

    return await asyncio.gather(*map(one, ids))


async def _replayed(
    client: LearningLoop, proposals: Sequence[ProposalDetail], names: dict[UUID, str]
) -> list[Replayed]:
    """Return what each proposal does to its own case and to all rows of the data."""
    known = {
        item.id: item.content
        async for item in client.items(ItemKind.POLICY)
        if isinstance(item.content, PolicyContent)
    }
    trials = await asyncio.to_thread(record, load_trials())
    embedder = load_embedder()
    return [
        await replay_trials(p, names.get(p.origin.id, ""), trials, known, embedder)
        for p in proposals
    ]


def _figures(
    proposal: ProposalDetail, names: dict[UUID, str], replayed: Replayed
) -> ProposalFigures:
    verified = proposal.verification
    supporting = dict.fromkeys([proposal.origin.id, *_evidence(proposal)])
    return ProposalFigures(
        title=proposal.title,
        gap=proposal.gap or Gap.NONE,
        kind=proposal.change.kind.value,
        operation=proposal.change.operation.value,
        support=proposal.support,
        confidence=proposal.confidence or 0.0,
        fixes=verified.count(ReplayEffect.FIXED) if verified else 0,
        breaks=verified.count(ReplayEffect.BROKEN) if verified else 0,
        cases=tuple(names[i] for i in supporting if i in names),
        replayed=replayed,
    )


def _evidence(proposal: ProposalDetail) -> list[UUID]:
    return [evidence.intervention_id for evidence in proposal.evidence]
