"""Answers past queries without and with a change. Not an activity."""

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from activities.checking_tools import check_tools
from activities.kit import Kit
from activities.metering import WorkspaceMeter
from activities.past_queries import PastQuery, past_queries
from activities.replaying_actions import replay_in_systems
from agent.knowledge import ChangedKnowledge, RememberedKnowledge, StoredKnowledge
from analysis.deviations import answers_otherwise
from analysis.offline.reusable import reusable_sentences
from domain.cases import AskResult
from domain.model_calls import CallPurpose
from domain.proposals import Proposal, ReplayCase, Verification
from domain.replays import judge_runs
from gateways.claude_meter import metered
from gateways.errors import BudgetUsedUpError
from store import erasures, proposals, workspaces
from store.database import Connection

MOST_ANSWERS = 120
"""How many answers of a model one verification may cost. What does not fit is left out."""

_MODEL_ANSWERS_AT_ONCE = 4


class _Budget(NamedTuple):
    """How often each query is answered each way, and how many queries there is room for."""

    runs: int
    queries: int | None
    at_once: int


async def replay(kit: Kit, workspace: str, proposal: Proposal) -> Verification:
    """Return how the past queries are answered without and with the proposal's change.

    A deterministic agent answers each once; one that asks a model as often as the workspace is
    set to, and no more than `MOST_ANSWERS` times in all. It is cut short, and says so, when the
    workspace's token budget is used up: people wait for it.
    """
    found = await past_queries(kit, workspace, proposal)
    budget = await _budget(kit, workspace)
    queries = found[: budget.queries]
    room = asyncio.Semaphore(budget.at_once)

    async def one(past: PastQuery) -> ReplayCase | None:
        async with room:
            try:
                return await _replay_one(kit, workspace, proposal, past, budget.runs)
            except BudgetUsedUpError:
                return None

    meter = WorkspaceMeter(kit.database, workspace, CallPurpose.VERIFY, proposal.intervention_id)
    with metered(meter):
        answered = await _all(map(one, queries))
    cases = await replay_in_systems(kit, workspace, proposal, answered)
    return Verification(
        content_hash=proposal.content_hash,
        agent=kit.answerer.name,
        cases=tuple(cases),
        left_out=len(found) - len(answered),
        budget_used_up=len(answered) < len(queries),
        tool_checks=await check_tools(kit, workspace, proposal),
        verified_at=datetime.now(UTC),
    )


async def save_replay(
    connection: Connection, workspace: str, proposal_id: UUID, verification: Verification
) -> Verification:
    """Store and return a report on a locked proposal, without queries that were erased."""
    asked_in = {c.intervention_id for c in verification.cases if c.intervention_id}
    erased = await erasures.erased_among(connection, workspace, asked_in)
    kept = tuple(c for c in verification.cases if c.intervention_id not in erased)
    verification = verification.model_copy(update={"cases": kept})
    await proposals.save_verification(connection, workspace, proposal_id, verification)
    return verification


async def _all(answering: Iterable[Coroutine[Any, Any, ReplayCase | None]]) -> list[ReplayCase]:
    """Return the cases in order, without those for which there was no budget any more.

    The first failure ends the others, which would cost money.
    """
    tasks = [asyncio.create_task(each) for each in answering]
    try:
        return [case for case in await asyncio.gather(*tasks) if case is not None]
    finally:
        for task in tasks:
            task.cancel()


async def _budget(kit: Kit, workspace: str) -> _Budget:
    if kit.answerer.is_deterministic:
        return _Budget(runs=1, queries=None, at_once=1)
    async with kit.database.transaction(workspace) as connection:
        settings = await workspaces.read_settings(connection, workspace)
    runs = settings.replays_per_case
    return _Budget(runs, max(1, MOST_ANSWERS // (2 * runs)), _MODEL_ANSWERS_AT_ONCE)


async def _replay_one(
    kit: Kit, workspace: str, proposal: Proposal, past: PastQuery, runs: int
) -> ReplayCase:
    change = proposal.change
    item_id = change.item_id or proposal.id
    now = RememberedKnowledge(StoredKnowledge(kit.database, workspace, kit.embedder, kit.standards))
    then = ChangedKnowledge(now, change, item_id=item_id, embedder=kit.embedder)
    before = [await kit.answerer.answer(past.text, now) for _ in range(runs)]
    after = [await kit.answerer.answer(past.text, then) for _ in range(runs)]
    # Where people have said what a right answer needs, that alone tells.
    is_open = past.expected is None
    known_wrong = (
        is_open
        and past.known_wrong
        and all(run.answered and _rests_on(run) == past.answered_from for run in before)
    )
    wanted_otherwise = is_open and (past.led_elsewhere or _is_told_otherwise(past.reply, after))
    judged = judge_runs(
        before,
        after,
        changed_item=item_id,
        intervened=past.intervened,
        expected=past.expected,
        known_wrong=known_wrong,
        wanted_otherwise=wanted_otherwise,
    )
    return ReplayCase(
        query=past.text,
        intervention_id=past.intervention_id,
        is_original=past.is_original,
        source=past.source,
        source_id=past.source_id,
        expected=past.expected,
        known_correct=past.known_correct,
        known_wrong=known_wrong,
        wanted_otherwise=wanted_otherwise,
        handled_by=past.handled_by,
        runs=runs,
        passed_before=judged.passed_before,
        passed=judged.passed,
        effect=judged.effect,
        before=judged.before,
        after=judged.after,
    )


def _is_told_otherwise(reply: str, runs: Sequence[AskResult]) -> bool:
    """Return whether a human's reply, without what concerns one customer, denies an answer."""
    told = " ".join(reusable_sentences(reply))
    return any(run.answered and answers_otherwise(told, run.answer) for run in runs)


def _rests_on(run: AskResult) -> frozenset[UUID]:
    return frozenset(used.item_id for used in run.items_used)
