"""Drives the product as its users do: posts, approves and searches over HTTP.

Postgres is only watched, to see when something is in review or ended without asking the API.
"""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString
from uuid import UUID

from bench.cases import BenchCase
from bench.errors import BenchError
from bench.stack import Bench, Tenant
from domain.conversation import InterventionStatus
from domain.identity import ApiRole
from domain.proposals import ProposalStatus

_POLL_SECONDS = 0.04
_PAUSE_SECONDS = 0.002
_FIND_SECONDS = 30.0
_ENDED = frozenset(InterventionStatus) - {
    InterventionStatus.RECEIVED,
    InterventionStatus.ANALYZING,
    InterventionStatus.IN_REVIEW,
    InterventionStatus.PARKED,
}
_WATCH: LiteralString = """
SELECT i.id, i.status, p.id AS proposal_id, p.status AS proposal_status, p.content_hash
FROM interventions i
LEFT JOIN proposals p ON p.workspace = i.workspace AND p.intervention_id = i.id
WHERE i.workspace = %(workspace)s AND i.id = ANY(%(ids)s)
"""


@dataclass(frozen=True)
class Opened:
    """A proposal that waits for a decision."""

    intervention_id: UUID
    proposal_id: UUID
    content_hash: str


@dataclass
class Loop:
    """One workspace's interventions, driven by the bench. Make one with `watched_loop`."""

    bench: Bench
    tenant: Tenant
    _to_open: dict[UUID, "asyncio.Future[Opened]"] = field(
        default_factory=dict[UUID, "asyncio.Future[Opened]"]
    )
    _to_end: dict[UUID, "asyncio.Future[str]"] = field(
        default_factory=dict[UUID, "asyncio.Future[str]"]
    )

    async def tell(self, case: BenchCase) -> None:
        """Post, approve once it is in review, and return when the change is applied.

        Raises BenchError if it ends any other way: then the figures would mean something else.
        """
        opened = await self.open(case)
        ended = asyncio.get_running_loop().create_future()
        self._to_end[opened.intervention_id] = ended
        await self.approve(opened)
        status = await ended
        if status != InterventionStatus.LEARNED:
            raise BenchError(f"intervention {case.number} ended as '{status}', not as learned")

    async def open(self, case: BenchCase) -> Opened:
        """Post an intervention and return its proposal as soon as it is in review."""
        posted = await self._post("/v1/interventions", ApiRole.INTEGRATION, case.body())
        intervention_id = UUID(posted["intervention_id"])
        opened = asyncio.get_running_loop().create_future()
        self._to_open[intervention_id] = opened
        return await opened

    async def approve(self, opened: Opened) -> None:
        """Approve the draft as it stands."""
        decision = {"verdict": "approve", "content_hash": opened.content_hash}
        path = f"/v1/proposals/{opened.proposal_id}/decisions"
        await self._post(path, ApiRole.REVIEWER, decision)

    async def until_found(self, case: BenchCase) -> None:
        """Search for the ask, again and again, until an item with the human's answer is found."""
        deadline = time.perf_counter() + _FIND_SECONDS
        while time.perf_counter() < deadline:
            found = await self._post(
                "/v1/knowledge/search", ApiRole.AGENT, {"query": case.ask, "k": 3}
            )
            if any(case.reply in str(hit["item"]["content"]) for hit in found["items"]):
                return
            await asyncio.sleep(_PAUSE_SECONDS)
        raise BenchError(f"what intervention {case.number} taught was not found")

    async def _post(self, path: str, role: ApiRole, body: Any) -> Any:
        answer = await self.bench.http.post(path, json=body, headers=self.tenant.headers(role))
        if not answer.is_success:
            raise BenchError(f"POST {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer.json()

    async def watch(self) -> None:
        """Tell those who wait what the record says, until cancelled."""
        while True:
            ids = [*self._to_open, *self._to_end]
            if ids:
                cursor = await self.bench.database.execute(
                    _WATCH, {"workspace": self.tenant.name, "ids": ids}
                )
                for row in await cursor.fetchall():
                    self._notice(*row)
            await asyncio.sleep(_POLL_SECONDS)

    def _notice(
        self, intervention_id: UUID, status: str, proposal_id: UUID | None, at: str, digest: str
    ) -> None:
        if status in _ENDED:
            if ended := self._to_end.pop(intervention_id, None):
                ended.set_result(status)
            elif opened := self._to_open.pop(intervention_id, None):
                opened.set_exception(BenchError(f"an intervention ended as '{status}'"))
        elif (
            proposal_id is not None
            and at == ProposalStatus.IN_REVIEW
            and (opened := self._to_open.pop(intervention_id, None))
        ):
            opened.set_result(Opened(intervention_id, proposal_id, digest))


@asynccontextmanager
async def watched_loop(bench: Bench, tenant: Tenant) -> AsyncGenerator[Loop]:
    """Yield a loop in a workspace, watched for as long as the block runs."""
    loop = Loop(bench, tenant)
    task = asyncio.create_task(loop.watch())
    try:
        yield loop
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
