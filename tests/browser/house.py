"""A workspace of its own on the real stack: a small company, its people, and what they learned."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast
from uuid import UUID, uuid4

from httpx2 import AsyncClient

from client.models import AskAnswer, ListedProposal
from demo.content import GAP_KEY, load_company, load_interventions, load_queries
from demo.story import (
    Callers,
    callers,
    import_company,
    open_proposals,
    submit_wave,
    wait_until_read,
)
from domain.base import JsonObject
from domain.identity import ApiRole
from domain.reviews import Verdict
from embedded.home import StackInfo
from store.bootstrap import ensure_workspace_and_keys

ARTICLE = "hand-over-rental"
POLICY = "open-seam-is-wear"
TOOL = "change-payment-day"
VOUCHERS = "gift-vouchers"
"""Gaps of the demo's interventions; each leads to a proposal of this kind."""


@dataclass(frozen=True)
class House:
    """One company: where it is stored, a key for each role, and a client for each."""

    url: str
    database_url: str
    workspace: str
    keys: dict[str, str]
    people: Callers

    async def learn(self, *gaps: str) -> list[ListedProposal]:
        """Bring in what the company knows and the first intervention of each gap.

        Returns the proposals that wait then.
        """
        item_ids = await import_company(self.people.admin, load_company())
        posted = await self.read([first_of(gap) for gap in gaps], item_ids)
        found = {p.intervention_id: p async for p in self.people.reviewer.proposals()}
        return [found[intervention_id] for intervention_id in posted]

    async def read(self, rows: Sequence[JsonObject], item_ids: dict[str, str]) -> list[UUID]:
        """Post interventions; return their ids once they are read and their proposals open."""
        posted = await submit_wave(self.people.integration, rows, item_ids)
        await wait_until_read(self.people, posted, lambda _: None)
        await open_proposals(self.people.reviewer)
        return [entry.accepted.intervention_id for entry in posted]

    async def post(self, who: str, path: str, body: JsonObject) -> JsonObject:
        """Return the API's answer to what somebody posts whose key is known by this name."""
        header = {"Authorization": f"Bearer {self.keys[who]}"}
        async with AsyncClient(base_url=self.url, headers=header) as client:
            answer = await client.post(path, json=body)
            assert answer.is_success, answer.text
            return cast(JsonObject, answer.json())

    async def ask_about(self, gap: str) -> AskAnswer:
        """Ask as a customer would who needs what the gap lacks."""
        query = next(query.query for query in load_queries() if query.gap_key == gap)
        return await self.people.agent.ask(query)


@dataclass(frozen=True)
class Museum:
    """A house that tests look at and leave as it is, with something in every room.

    `ids` are what its pages are about: the proposals by what they are, an intervention, an item.
    """

    house: House
    ids: dict[str, str]


async def furnish(house: House) -> Museum:
    """Have an article, a policy and a tool wait for a decision, and another article live."""
    article, policy, tool, applied = await house.learn(ARTICLE, POLICY, TOOL, VOUCHERS)
    await house.people.lead.decide(applied.id, Verdict.APPROVE, applied.content_hash)
    proposals = {"article": article, "policy": policy, "tool": tool, "applied": applied}
    items = [item async for item in house.people.lead.items()]
    ids = {name: str(proposal.id) for name, proposal in proposals.items()}
    intervention, item = str(policy.intervention_id), str(items[-1].id)
    return Museum(house, {**ids, "intervention": intervention, "item": item})


def first_of(gap: str) -> JsonObject:
    """Return the first of the demo's interventions that show a gap."""
    return next(
        row
        for row in load_interventions()
        if isinstance(row["metadata"], dict) and row["metadata"].get(GAP_KEY) == gap
    )


@asynccontextmanager
async def open_house(stack: StackInfo) -> AsyncGenerator[House]:
    """Yield a new workspace, empty, with a key for each role."""
    name = f"browser-{uuid4().hex[:12]}"
    keys = {role.value: f"ll_{role}_{uuid4().hex}" for role in ApiRole}
    await ensure_workspace_and_keys(stack.database_url, name, keys)
    async with callers(stack.api, keys) as people:
        yield House(stack.api, stack.database_url, name, keys, people)
