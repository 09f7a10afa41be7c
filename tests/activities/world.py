"""Runs activities one by one, as Temporal would, on real Postgres."""

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.analyze_intervention import AnalyzeInput, AnalyzeIntervention
from activities.apply_proposal import ApplyInput, ApplyProposal, ApplyResult
from activities.draft_proposals import DraftInput, DraftProposals, DraftResult
from activities.kit import Kit
from activities.open_review import OpenReview, OpenReviewInput
from activities.settle_decision import (
    SettleDecision,
    SettleDecisionInput,
    SettleDecisionResult,
)
from domain.conversation import Submission
from domain.identity import ApiRole
from domain.knowledge import Change
from domain.proposals import Proposal
from domain.reviews import Decision, RejectionReason, Verdict
from store import audit, interventions, proposals, reviews
from store.database import Database
from tests.domain.builders import submission
from tests.workflows.scripted import ScriptedAnalyst

ResultT = TypeVar("ResultT")
TaskT = TypeVar("TaskT")
Heartbeats = list[Any]


async def run(
    activity: Callable[[TaskT], Awaitable[ResultT]],
    task: TaskT,
    *,
    heartbeat_details: Sequence[Any] = (),
    heard: Heartbeats | None = None,
) -> ResultT:
    """Run one attempt of an activity; `heard` gets what it heartbeats."""
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(
        environment.info, heartbeat_details=list(heartbeat_details)
    )
    if heard is not None:
        environment.on_heartbeat = lambda *details: heard.extend(details)
    return await environment.run(activity, task)


async def failure(
    activity: Callable[[TaskT], Awaitable[object]], task: TaskT, **options: Any
) -> ApplicationError:
    """Run an attempt that must fail; return what Temporal is told."""
    with pytest.raises(ApplicationError) as raised:
        await run(activity, task, **options)
    return raised.value


class AwayDatabase(Database):
    """A database that cannot be reached."""

    @asynccontextmanager
    async def transaction(self, workspace: str):  # pyright: ignore[reportIncompatibleMethodOverride]
        """Raise what psycopg raises, with words that must not be repeated."""
        raise psycopg.OperationalError("connection to dana@10.0.0.7 refused")
        yield


class World:
    """One workspace, and the kit of its worker."""

    def __init__(self, kit: Kit, workspace: str) -> None:
        """Use `kit`, whose analyst must be a scripted one."""
        self.kit = kit
        self.workspace = workspace

    @property
    def database(self) -> Database:
        """The real database."""
        return self.kit.database

    @property
    def analyst(self) -> ScriptedAnalyst:
        """What the analyst will say."""
        assert isinstance(self.kit.analyst, ScriptedAnalyst)
        return self.kit.analyst

    async def post(self, posted: Submission | None = None) -> UUID:
        """Store an intervention."""
        posted = posted or submission(
            external_id=uuid4().hex, resolution={"by": "dana", "reply": "The warehouse knows."}
        )
        async with self.database.transaction(self.workspace) as connection:
            receipt = await interventions.take_in(connection, self.workspace, posted)
        return receipt.intervention_id

    def analysis_of(self, intervention_id: UUID) -> AnalyzeInput:
        """Return the task of analysing it."""
        return AnalyzeInput(workspace=self.workspace, intervention_id=intervention_id)

    async def analyzed(self, posted: Submission | None = None) -> UUID:
        """Store an intervention and analyse it."""
        intervention_id = await self.post(posted)
        await run(
            AnalyzeIntervention(self.kit).analyze_intervention, self.analysis_of(intervention_id)
        )
        return intervention_id

    async def draft(self, intervention_id: UUID) -> DraftResult:
        """Draft the proposals of an analysed intervention."""
        task = DraftInput(workspace=self.workspace, intervention_id=intervention_id)
        return await run(DraftProposals(self.kit).draft_proposals, task)

    async def drafted(self, change: Change | None = None) -> Proposal:
        """Return the drafted proposal of a new intervention."""
        if change is not None:
            self.analyst.change = lambda _: change
        result = await self.draft(await self.analyzed())
        return await self.read(result.own[0].proposal_id)

    async def in_review(self, change: Change | None = None) -> Proposal:
        """Return a proposal that people may decide on."""
        proposal = await self.drafted(change)
        await self.open(proposal)
        return await self.read(proposal.id)

    async def open(self, proposal: Proposal) -> None:
        """Open the proposal's review."""
        task = OpenReviewInput(
            workspace=self.workspace, proposal_id=proposal.id, now=datetime.now(UTC)
        )
        await run(OpenReview(self.kit).open_review, task)

    async def read(self, proposal_id: UUID) -> Proposal:
        """Return the proposal as it is now."""
        async with self.database.transaction(self.workspace) as connection:
            return await proposals.get_proposal(connection, self.workspace, proposal_id)

    async def write(
        self,
        proposal: Proposal,
        by: str = "lee",
        role: ApiRole = ApiRole.LEAD,
        verdict: Verdict = Verdict.APPROVE,
        *,
        comment: str = "because",
        content_hash: str = "",
        edit: Change | None = None,
        rejection_reason: RejectionReason | None = None,
    ) -> Decision:
        """Write a decision to the record, as the API does."""
        decision = Decision(
            id=uuid4(),
            proposal_id=proposal.id,
            verdict=verdict,
            content_hash=content_hash or proposal.content_hash,
            comment="" if verdict is Verdict.APPROVE else comment,
            edited_change=edit,
            rejection_reason=rejection_reason,
            by=by,
            role=role,
            created_at=datetime.now(UTC),
        )
        async with self.database.transaction(self.workspace) as connection:
            await reviews.insert_decision(connection, self.workspace, decision)
        return decision

    async def settle(self, decision: Decision) -> SettleDecisionResult:
        """Rule on a decision."""
        task = SettleDecisionInput(
            workspace=self.workspace, proposal_id=decision.proposal_id, decision_id=decision.id
        )
        return await run(SettleDecision(self.kit).settle_decision, task)

    async def approved(self, change: Change | None = None) -> Proposal:
        """Return a proposal that a lead and a reviewer have approved."""
        proposal = await self.in_review(change)
        for by, role in (("lee", ApiRole.LEAD), ("rae", ApiRole.REVIEWER)):
            await self.settle(await self.write(proposal, by, role))
        return await self.read(proposal.id)

    def applying(self, proposal: Proposal) -> ApplyInput:
        """Return the task of applying it."""
        return ApplyInput(workspace=self.workspace, proposal_id=proposal.id)

    async def apply(self, proposal: Proposal) -> ApplyResult:
        """Apply a proposal."""
        return await run(ApplyProposal(self.kit).apply_proposal, self.applying(proposal))

    async def execute(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """Run plain SQL as the tables' owner; return the rows if there are any."""
        async with await psycopg.AsyncConnection.connect(self.database.url) as connection:
            cursor = connection.cursor(row_factory=dict_row)
            await cursor.execute(statement.encode(), values)
            return await cursor.fetchall() if cursor.description else []

    async def count(self, table: str) -> int:
        """Return how many rows the workspace has in a table."""
        statement = f"SELECT count(*) AS n FROM {table} WHERE workspace = %s"
        return (await self.execute(statement, self.workspace))[0]["n"]

    async def actions(self) -> list[str]:
        """Return what the audit log says has happened, in order."""
        async with self.database.transaction(self.workspace) as connection:
            return [entry.action for entry in await audit.list_audit(connection, self.workspace)]
