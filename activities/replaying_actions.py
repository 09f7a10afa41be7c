"""Replays past cases by what was done in systems: for rules about actions. Not an activity.

An agent that is asked in text hands an act off, with such a rule or without: its answers prove
nothing. What was called in the case does.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from activities.case_file import redact_submission, tools_of
from activities.kit import Kit
from agent.knowledge import ChangedKnowledge, StoredKnowledge
from analysis.rules import is_found, replay_actions, speaks_of_actions
from domain.cases import Case
from domain.knowledge import Change, Item, PolicyContent
from domain.proposals import Proposal, ReplayCase, ReplayEffect
from domain.replays import with_actions
from store import interventions
from store import knowledge as stored


async def replay_in_systems(
    kit: Kit, workspace: str, proposal: Proposal, cases: Sequence[ReplayCase]
) -> list[ReplayCase]:
    """Return the cases, those of interventions with what was done in systems beside their answers.

    Only for a policy whose change tells an agent what to call or not to call; the others are
    returned as they are.
    """
    if not isinstance(proposal.change.content, PolicyContent):
        return list(cases)
    bench = await _prepare(kit, workspace, proposal)
    return [await _with_actions(bench, case) for case in cases]


class _Bench(NamedTuple):
    """What all cases of a proposal are replayed with."""

    kit: Kit
    workspace: str
    change: Change
    base: PolicyContent | None
    item_id: UUID
    then: ChangedKnowledge
    connections: Sequence[Item]


async def _prepare(kit: Kit, workspace: str, proposal: Proposal) -> _Bench:
    change = proposal.change
    async with kit.database.transaction(workspace) as connection:
        revised = [change.item_id] if change.item_id else []
        items = await stored.get_items(connection, workspace, revised)
        connections = await stored.list_tools(connection, workspace)
    base = next((i.content for i in items if isinstance(i.content, PolicyContent)), None)
    item_id = change.item_id or proposal.id
    now = StoredKnowledge(kit.database, workspace, kit.embedder)
    then = ChangedKnowledge(now, change, item_id=item_id, embedder=kit.embedder)
    return _Bench(kit, workspace, change, base, item_id, then, connections)


async def _with_actions(bench: _Bench, case: ReplayCase) -> ReplayCase:
    if case.intervention_id is None:
        return case
    recorded = await _recorded(bench, case.intervention_id)
    if recorded is None:
        return case
    replayed = await asyncio.to_thread(replay_actions, bench.change, recorded, base=bench.base)
    if replayed and replayed.effect is not ReplayEffect.SAME and not await _found(bench, recorded):
        replayed = replay_actions(bench.change, recorded, base=bench.base, found=False)
    return with_actions(case, replayed) if replayed else case


async def _found(bench: _Bench, case: Case) -> bool:
    content = bench.change.content
    if not isinstance(content, PolicyContent):
        return False
    return await is_found(content, case, bench.then, bench.item_id, bench.kit.embedder)


async def _recorded(bench: _Bench, intervention_id: UUID) -> Case | None:
    """Return the redacted case, or None where the rule speaks of no tool that the agent had."""
    async with bench.kit.database.transaction(bench.workspace) as connection:
        found = await interventions.get_intervention(connection, bench.workspace, intervention_id)
    tools = tools_of(found.submission.agent, found.submission.conversation, bench.connections)
    if not speaks_of_actions(bench.change, tools, bench.base):
        # Redaction takes its time, and most policies speak of no action.
        return None
    case = await asyncio.to_thread(redact_submission, found.id, found.submission)
    return case.model_copy(update={"agent_tools": tools})
