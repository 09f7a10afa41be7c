"""What a workflow test says: post an intervention, decide, move the clock, and look."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TypeVar
from uuid import UUID, uuid4

import psycopg
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from api.delivery import Delivery
from api.outbox_entries import enqueue_command, enqueue_decision, enqueue_start
from domain.conversation import InterventionStatus, Resolution, Role, Submission, Turn
from domain.identity import ApiRole
from domain.knowledge import Change
from domain.proposals import Origin, OriginKind, Proposal, ProposalStatus
from domain.reviews import CommandKind, Decision, DecisionEffect, ReviewCommand, Verdict
from gateways.notifications import Notification
from store import change_requests, interventions, proposals, reviews
from store.database import Database
from tests.workflows.scripted import ScriptedAnalyst
from workflows.intervention import InterventionWorkflow
from workflows.intervention_input import InterventionResult
from workflows.messages import workflow_id_of_origin

Handle = WorkflowHandle[InterventionWorkflow, InterventionResult]
FoundT = TypeVar("FoundT")

_DEADLINE_SECONDS = 90
_numbers = count(1)


def submission(ask: str = "Where is my lost parcel?", by: str = "dana") -> Submission:
    """Return an intervention that a human resolved with a reply."""
    return Submission(
        source="test",
        external_id=str(next(_numbers)),
        conversation=(
            Turn(role=Role.CUSTOMER, text=ask),
            Turn(role=Role.AGENT, text="I do not know."),
        ),
        resolution=Resolution(by=by, reply="The warehouse knows."),
    )


@dataclass
class Loop:
    """The running loop of one test's workspace."""

    environment: WorkflowEnvironment
    database: Database
    delivery: Delivery
    workspace: str
    analyst: ScriptedAnalyst
    told: list[Notification]

    async def post(self, posted: Submission | None = None) -> UUID:
        """Take an intervention in and start its workflow, as the API does."""
        async with self.database.transaction(self.workspace) as connection:
            receipt = await interventions.take_in(
                connection, self.workspace, posted or submission()
            )
            origin = Origin.intervention(receipt.intervention_id)
            await enqueue_start(connection, self.workspace, origin)
        await self.delivery.start(self.workspace, origin)
        return receipt.intervention_id

    def handle(self, of: UUID | Origin) -> Handle:
        """Return the handle of the workflow of an intervention, or of another origin."""
        return self.environment.client.get_workflow_handle_for(
            InterventionWorkflow.run, workflow_id_of_origin(self.workspace, _origin(of))
        )

    async def until(
        self, of: UUID | Origin, look: Callable[[], Awaitable[FoundT | None]]
    ) -> FoundT:
        """Look after each new event of the workflow; return the first thing that is not None."""
        async with asyncio.timeout(_DEADLINE_SECONDS):
            while True:
                events = self.handle(of).fetch_history_events(wait_new_event=True)
                async for _ in events:
                    if (found := await look()) is not None:
                        return found
                if (found := await look()) is not None:
                    return found

    async def proposal_in(
        self, of: UUID | Origin, status: ProposalStatus, *, draft: int | None = None
    ) -> Proposal:
        """Return the intervention's proposal once it has the status (and that draft)."""

        async def look() -> Proposal | None:
            found = await self._proposals(_origin(of))
            fits = [p for p in found if p.status is status and draft in {None, p.draft}]
            return fits[0] if fits else None

        return await self.until(of, look)

    async def _proposals(self, origin: Origin) -> list[Proposal]:
        listing = {
            OriginKind.INTERVENTION: proposals.list_proposals_of_intervention,
            OriginKind.CHANGE_REQUEST: change_requests.list_proposals,
        }[origin.kind]
        async with self.database.transaction(self.workspace) as connection:
            return await listing(connection, self.workspace, origin.id)

    async def reviewable(self, posted: Submission | None = None) -> tuple[UUID, Proposal]:
        """Post an intervention; return its id and its proposal once people can decide on it."""
        intervention_id = await self.post(posted)
        return intervention_id, await self.proposal_in(intervention_id, ProposalStatus.IN_REVIEW)

    def decision(
        self,
        proposal: Proposal,
        verdict: Verdict = Verdict.APPROVE,
        *,
        by: str = "lee",
        role: ApiRole = ApiRole.LEAD,
        comment: str = "",
        content_hash: str | None = None,
        edited: Change | None = None,
    ) -> Decision:
        """Return a decision by one person on the proposal as it was read."""
        return Decision(
            id=uuid4(),
            proposal_id=proposal.id,
            verdict=verdict,
            content_hash=content_hash or proposal.content_hash,
            comment=comment or ("" if verdict is Verdict.APPROVE else "because"),
            edited_change=edited,
            by=by,
            role=role,
            created_at=datetime.now(UTC),
        )

    async def write(self, of: UUID | Origin, decision: Decision) -> None:
        """Write a decision to the record, and tell nobody."""
        async with self.database.transaction(self.workspace) as connection:
            await reviews.insert_decision(connection, self.workspace, decision)
            await enqueue_decision(
                connection, self.workspace, _origin(of), decision.proposal_id, decision.id
            )

    async def signal(self, of: UUID | Origin, decision: Decision) -> None:
        """Tell the workflow of a decision."""
        await self.delivery.decide(self.workspace, _origin(of), decision.proposal_id, decision.id)

    async def decide(self, of: UUID | Origin, decision: Decision) -> Decision:
        """Write a decision, tell the workflow, and return it once it was ruled on."""
        await self.write(of, decision)
        await self.signal(of, decision)
        return await self.settled(of, decision.id)

    async def settled(self, of: UUID | Origin, decision_id: UUID) -> Decision:
        """Return a decision once it was ruled on."""

        async def look() -> Decision | None:
            async with self.database.transaction(self.workspace) as connection:
                found = await reviews.find_decision(connection, self.workspace, decision_id)
            pending = found is None or found.effect is DecisionEffect.PENDING
            return None if pending else found

        return await self.until(of, look)

    async def command(
        self,
        of: UUID | Origin,
        proposal: Proposal,
        kind: CommandKind,
        *,
        by: str = "lee",
        role: ApiRole = ApiRole.LEAD,
        assignee: str | None = None,
    ) -> reviews.CommandRecord:
        """Write a command, tell the workflow, and return what came of it."""
        command = ReviewCommand(
            id=uuid4(),
            proposal_id=proposal.id,
            kind=kind,
            by=by,
            role=role,
            assignee=assignee,
            created_at=datetime.now(UTC),
        )
        async with self.database.transaction(self.workspace) as connection:
            await reviews.insert_command(connection, self.workspace, command)
            await enqueue_command(
                connection, self.workspace, _origin(of), proposal.id, command.id, kind
            )
        await self.delivery.command(self.workspace, _origin(of), proposal.id, command.id, kind)

        async def look() -> reviews.CommandRecord | None:
            async with self.database.transaction(self.workspace) as connection:
                found = await reviews.find_command(connection, self.workspace, command.id)
            return found if found and found.took_effect is not None else None

        return await self.until(of, look)

    async def pass_time(self, of: UUID | Origin, duration: timedelta) -> None:
        """Move this workflow's clock on."""
        await self.environment.fast_forward(self.handle(of), duration)

    async def set_others_aside(self) -> None:
        """Keep the delivery loop, which serves all workspaces, off what other tests have left."""
        later = "now() + interval '1 day' WHERE workspace <> %s"
        async with await psycopg.AsyncConnection.connect(self.database.url) as owner:
            for column in (
                "interventions SET updated_at",
                "change_requests SET updated_at",
                "outbox SET next_attempt_at",
                "decisions SET created_at",
                "review_commands SET created_at",
            ):
                await owner.execute(f"UPDATE {column} = {later}".encode(), (self.workspace,))

    async def forget(self, of: UUID | Origin) -> None:
        """Delete the workflow and its history, and return once the server knows it no more."""
        client, handle = self.environment.client, self.handle(of)
        execution = (await handle.describe()).raw_description.workflow_execution_info.execution
        await client.workflow_service.delete_workflow_execution(
            DeleteWorkflowExecutionRequest(namespace=client.namespace, workflow_execution=execution)
        )
        async with asyncio.timeout(_DEADLINE_SECONDS):
            while await self._is_known(handle):
                continue

    async def _is_known(self, handle: Handle) -> bool:
        try:
            await handle.describe()
        except RPCError as error:
            if error.status is RPCStatusCode.NOT_FOUND:
                return False
            raise
        return True

    async def status(self, intervention_id: UUID) -> InterventionStatus:
        """Return where the record says that the intervention stands."""
        async with self.database.transaction(self.workspace) as connection:
            row = await interventions.get_intervention(connection, self.workspace, intervention_id)
        return row.status

    async def end(self, intervention_id: UUID) -> InterventionStatus:
        """Return how the workflow ended, and check that the record says the same."""
        result = await self.handle(intervention_id).result()
        assert await self.status(intervention_id) is result.status
        return result.status


def _origin(of: UUID | Origin) -> Origin:
    """Return an origin; an id alone is an intervention's."""
    return of if isinstance(of, Origin) else Origin.intervention(of)
