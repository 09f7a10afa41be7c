"""Clients that change few items at once over HTTP, and remember what they were told.

Each reads an item, proposes its text with one more line, lets a colleague approve exactly that,
and starts over from the new head where the item has moved meanwhile.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx2

from bench.hot_history import Acknowledged

Json = dict[str, Any]

_BETWEEN_LOOKS = 0.15
_PATIENCE_SECONDS = 120.0
_OPENING = "Open from nine to five."


@dataclass
class Told:
    """What the clients were told, all together."""

    acknowledged: list[Acknowledged] = field(default_factory=list[Acknowledged])
    refused: list[UUID] = field(default_factory=list[UUID])
    turned_away: int = 0
    """Proposals that the API did not take because their base had moved already."""


class Client:
    """One person who proposes and one who approves, tireless while parts are away."""

    def __init__(self, name: str, api: Callable[[], str], keys: Mapping[str, str]) -> None:
        """Sign in with the keys `reviewer` and `lead`; `api` tells where the API is now."""
        self.name = name
        self._api = api
        self._keys = keys
        self._count = 0

    async def call(self, role: str, method: str, path: str, body: Json | None = None) -> Any:
        """Return the first answer that is not a server's error."""
        headers = {"Authorization": f"Bearer {self._keys[role]}"}
        if path.endswith("/decisions") and body is not None:
            headers["Idempotency-Key"] = f"{body['verdict']}-{body['content_hash']}"
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                try:
                    async with httpx2.AsyncClient(
                        base_url=self._api(), timeout=20, trust_env=False
                    ) as http:
                        answer = await http.request(method, path, headers=headers, json=body)
                    if answer.status_code < 500:
                        return answer
                except (httpx2.TransportError, OSError):
                    pass
                await asyncio.sleep(_BETWEEN_LOOKS)

    async def change(self, item_id: UUID, told: Told) -> None:
        """Make one change of an item; what came of it goes into `told`."""
        item = (await self.call("reviewer", "GET", f"/v1/knowledge/{item_id}")).json()
        self._count += 1
        mark = f"{self.name}, change {self._count}."
        content = {**item["content"], "answer": f"{item['content']['answer']}\n{mark}"}
        change = {
            "kind": "article",
            "operation": "revise",
            "item_id": str(item_id),
            "base_revision": item["revision"],
            "content": content,
        }
        answer = await self.call(
            "reviewer", "POST", "/v1/proposals", {"change": change, "reason": mark}
        )
        if answer.status_code == 409:
            told.turned_away += 1
            return
        assert answer.status_code == 202, answer.text
        (proposed,) = answer.json()["proposals"]
        proposal = await self._decided(proposed["id"], proposed["content_hash"])
        proposal_id = UUID(proposed["id"])
        if proposal["status"] != "applied":
            told.refused.append(proposal_id)
            return
        told.acknowledged.append(
            Acknowledged(
                proposal_id=proposal_id,
                item_id=item_id,
                base_revision=item["revision"],
                mark=mark,
                release=proposal["applied_release"],
            )
        )

    async def _decided(self, proposal_id: str, content_hash: str) -> Json:
        """Approve exactly that content, reject any other; return the proposal when it is closed."""
        decided: set[str] = set()
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while True:
                proposal: Json = (
                    await self.call("reviewer", "GET", f"/v1/proposals/{proposal_id}")
                ).json()
                if proposal["status"] in {"applied", "rejected", "superseded"}:
                    return proposal
                shown = proposal["content_hash"]
                if proposal["status"] == "in_review" and shown not in decided:
                    decided.add(shown)
                    await self._decide(proposal_id, shown, approves=shown == content_hash)
                else:
                    await asyncio.sleep(_BETWEEN_LOOKS)

    async def _decide(self, proposal_id: str, content_hash: str, *, approves: bool) -> None:
        verdict = "approve" if approves else "reject"
        body = {"verdict": verdict, "content_hash": content_hash, "comment": "bench"}
        answer = await self.call("lead", "POST", f"/v1/proposals/{proposal_id}/decisions", body)
        # 409: it was decided, or had moved, meanwhile.
        assert answer.status_code in {202, 409}, answer.text


async def add_items(client: Client, count: int) -> list[UUID]:
    """Bring in the items that all will change."""
    items = [
        {
            "kind": "article",
            "content": {
                "title": f"Shop number {n}",
                "question": f"When is shop number {n} open?",
                "answer": _OPENING,
            },
        }
        for n in range(count)
    ]
    answer = await client.call("admin", "POST", "/v1/knowledge/import", {"items": items})
    return [UUID(line["item_id"]) for line in answer.json()["items"]]


async def change_until(
    clients: Sequence[Client],
    items: Sequence[UUID],
    told: Told,
    is_over: Callable[[], bool],
    after: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Let every client make one change after the other, each of an item by chance.

    `after` is awaited after each change.
    """

    async def work(client: Client) -> None:
        chance = random.Random(client.name)  # noqa: S311
        while not is_over():
            await client.change(chance.choice(items), told)
            if after is not None:
                await after()

    async with asyncio.TaskGroup() as group:
        for client in clients:
            group.create_task(work(client))
