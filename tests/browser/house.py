"""A workspace of its own on the real stack: a small company, its people, and what they learned."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

from client.models import AskAnswer, ListedProposal
from demo.content import GAP_KEY, load_company, load_interventions, load_queries
from demo.story import Callers, callers, import_company, submit_wave, wait_until_read
from domain.base import JsonObject
from domain.identity import ApiRole
from embedded.home import StackInfo
from store.bootstrap import ensure_workspace_and_keys

ARTICLE = "hand-over-rental"
POLICY = "open-seam-is-wear"
TOOL = "change-payment-day"
"""Gaps of the demo's interventions; each leads to a proposal of this kind."""


@dataclass(frozen=True)
class House:
    """One company: the API's address, a key for each role, and a client for each."""

    url: str
    keys: dict[str, str]
    people: Callers

    async def learn(self, *gaps: str) -> list[ListedProposal]:
        """Bring in what the company knows and the first intervention of each gap.

        Returns the proposals that wait then.
        """
        item_ids = await import_company(self.people.admin, load_company())
        rows = [first_of(gap) for gap in gaps]
        posted = await submit_wave(self.people.integration, rows, item_ids)
        await wait_until_read(self.people, posted, lambda _: None)
        found = {p.intervention_id: p async for p in self.people.reviewer.proposals()}
        return [found[entry.accepted.intervention_id] for entry in posted]

    async def ask_about(self, gap: str) -> AskAnswer:
        """Ask as a customer would who needs what the gap lacks."""
        query = next(query.query for query in load_queries() if query.gap_key == gap)
        return await self.people.agent.ask(query)


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
        yield House(stack.api, keys, people)
