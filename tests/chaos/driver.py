"""Posts interventions and decides on them over HTTP while parts of the stack are being killed."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2

from domain.conversation import InterventionStatus
from embedded.home import StackInfo

CASES = Path(__file__).parent.parent.parent / "demo" / "interventions.jsonl"
_DEADLINE_SECONDS = 200
_BETWEEN_TRIES = 0.2

Body = dict[str, Any]
Progress = Callable[[int], Awaitable[None]]
"""Called once with each number of acknowledged calls: the place to kill something."""


async def nothing(_: int) -> None:
    """Kill nothing."""


def cases(source: str, *, start: int, count: int) -> Iterator[Body]:
    """Yield the demo's interventions from `start` on, as `source` would post them, twice each."""
    lines = CASES.read_text(encoding="utf-8").splitlines()[start : start + count]
    for copy in ("a", "b"):
        for line in lines:
            body: Body = json.loads(line)
            yield {**body, "source": source, "external_id": f"{copy}-{body['external_id']}"}


class Driver:
    """One integration and two reviewers who try again until they are answered.

    `where` tells where the API is now. What was acknowledged is kept in `posted` (intervention
    ids) and `decided` (decision ids).
    """

    def __init__(self, where: Callable[[], StackInfo]) -> None:
        """Know nothing yet."""
        self._where = where
        self.posted: set[UUID] = set()
        self.decided: set[UUID] = set()
        self.rejected: set[UUID] = set()

    async def call(self, role: str, method: str, path: str, **fields: Any) -> httpx2.Response:
        """Return the first answer that is not a server's error."""
        async with asyncio.timeout(_DEADLINE_SECONDS):
            while True:
                try:
                    info = self._where()
                    async with httpx2.AsyncClient(
                        base_url=info.api, timeout=20, trust_env=False
                    ) as client:
                        headers = {"Authorization": f"Bearer {info.keys[role]}"}
                        headers |= fields.get("headers", {})
                        answer = await client.request(
                            method, path, headers=headers, json=fields.get("json")
                        )
                    if answer.status_code < 500:
                        return answer
                except (httpx2.TransportError, OSError):
                    pass
                await asyncio.sleep(_BETWEEN_TRIES)

    async def post_all(self, bodies: Iterator[Body], progress: Progress = nothing) -> None:
        """Post the interventions, three at a time."""
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(self._post_some(bodies, progress))

    async def _post_some(self, bodies: Iterator[Body], progress: Progress) -> None:
        for body in bodies:
            answer = await self.call("integration", "POST", "/v1/interventions", json=body)
            assert answer.status_code in {200, 202}, answer.text
            intervention_id = UUID(answer.json()["intervention_id"])
            if intervention_id not in self.posted:
                self.posted.add(intervention_id)
                await progress(len(self.posted))

    async def proposals(self) -> list[Body]:
        """Return the proposals that the posted interventions led to or support."""
        found: dict[str, Body] = {}
        for intervention_id in self.posted:
            answer = await self.call("reviewer", "GET", f"/v1/interventions/{intervention_id}")
            found |= {line["id"]: line for line in answer.json()["proposals"]}
        return list(found.values())

    async def decide_all(self, progress: Progress = nothing) -> None:
        """Reject the first proposal and approve the others, until all interventions are closed."""
        async with asyncio.timeout(_DEADLINE_SECONDS):
            while not await self.are_closed():
                for proposal in await self.proposals():
                    if proposal["status"] == "in_review":
                        await self._decide(proposal, progress)
                await asyncio.sleep(_BETWEEN_TRIES)

    async def _decide(self, proposal: Body, progress: Progress) -> None:
        rejects = not self.rejected or UUID(proposal["id"]) in self.rejected
        if rejects:
            self.rejected.add(UUID(proposal["id"]))
        for role in ("lead",) if rejects else ("reviewer", "lead"):
            verdict = "reject" if rejects else "approve"
            answer = await self.call(
                role,
                "POST",
                f"/v1/proposals/{proposal['id']}/decisions",
                headers={"Idempotency-Key": f"{verdict}-{proposal['content_hash']}"},
                json={
                    "verdict": verdict,
                    "content_hash": proposal["content_hash"],
                    "comment": "chaos",
                },
            )
            # 409: it was decided meanwhile, which is recorded as well.
            assert answer.status_code in {202, 409}, answer.text
            if answer.status_code == 202:
                decision_id = UUID(answer.json()["decision_id"])
                # It is said again of one whose effect is still to come. To kill something at each
                # time would keep that effect from ever coming.
                if decision_id not in self.decided:
                    self.decided.add(decision_id)
                    await progress(len(self.decided))

    async def are_closed(self) -> bool:
        """Return whether every posted intervention has come to its end."""
        for intervention_id in self.posted:
            path = f"/v1/interventions/{intervention_id}"
            status = (await self.call("reviewer", "GET", path)).json()["status"]
            if not InterventionStatus(status).is_final:
                return False
        return True
