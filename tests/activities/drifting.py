"""A workspace whose knowledge is checked: what its items say, how they fare, what is found."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from activities.apply_proposal import ApplyResult
from activities.find_drift import FindDrift, FindDriftInput, FindDriftResult
from activities.force_changes import ForceChanges, ForceInput
from activities.redraft_proposal import RedraftInput, RedraftProposal
from domain.change_requests import ChangeRequestKind
from domain.checkups import DriftCause, DriftHandling
from domain.item_health import HealthState
from domain.knowledge import ArticleContent, Change, ItemKind, ItemStatus, Operation
from domain.outcomes import HandledBy
from domain.proposals import Proposal
from domain.reviews import Verdict
from store import audit as audit_log
from store import change_requests, checkups, knowledge, workspaces
from store.checkups import ListedFinding
from store.outcomes import Used, record_outcome
from tests.activities.world import World, run
from tests.api.rows import Rows

_LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""Of a random number a word, which looks like nobody's id."""


def article(answer: str, *, asked: str = "How long do refunds take?", title: str = "") -> Change:
    text = ArticleContent(title=title or answer[:20], question=asked, answer=answer)
    return Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=text)


class Drift:
    """A workspace whose knowledge is checked."""

    def __init__(self, world: World) -> None:
        """Write into the world's workspace."""
        self.world = world
        self.rows = Rows(world.database, world.workspace)

    async def item(self, change: Change | None = None, *, days: int = 0) -> UUID:
        """Publish an item that says what it says since so many days."""
        unlike = uuid4().hex.translate(_LETTERS)
        item_id, _ = await self.rows.item(change or article(unlike, asked=f"{unlike} asked?"))
        if days:
            await self.world.execute(
                "ALTER TABLE revisions DISABLE TRIGGER revisions_are_immutable;"
                f"UPDATE revisions SET created_at = now() - interval '{days} days'"
                f" WHERE item_id = '{item_id}';"
                "ALTER TABLE revisions ENABLE TRIGGER revisions_are_immutable"
            )
        return item_id

    async def answers(
        self,
        item_id: UUID,
        number: int,
        *,
        correct: bool | None = None,
        by: HandledBy = HandledBy.AGENT,
        days: int = 0,
    ) -> None:
        """Let so many answers rest on an item's head."""
        for _ in range(number):
            async with self.world.database.transaction(self.world.workspace) as connection:
                outcome = await record_outcome(
                    connection,
                    self.world.workspace,
                    text="How long?",
                    handled_by=by,
                    items_used=[Used(item_id)],
                    correct=correct,
                )
            await self.world.execute(
                "UPDATE outcomes SET created_at = now() - %s * interval '1 day' WHERE id = %s",
                days,
                outcome.id,
            )

    async def check(self) -> FindDriftResult:
        """Run a checkup."""
        task = FindDriftInput(workspace=self.world.workspace, checkup_id=uuid4())
        return await run(FindDrift(self.world.kit).find_drift, task)

    async def findings(self) -> list[ListedFinding]:
        """Return what the last run has found."""
        async with self.world.database.transaction(self.world.workspace) as connection:
            newest = await checkups.find_checkup(connection, self.world.workspace)
            assert newest is not None
            return await checkups.list_findings(connection, self.world.workspace, newest.id)

    async def found(self) -> list[tuple[UUID, DriftCause, DriftHandling]]:
        return [(f.item_id, f.cause, f.handling) for f in await self.findings()]

    async def proposals(self) -> list[Proposal]:
        """Return the proposals of the last run's findings, request by request."""
        found: list[Proposal] = []
        async with self.world.database.transaction(self.world.workspace) as connection:
            for finding in await self.findings():
                if finding.request_id is not None:
                    found += await change_requests.list_proposals(
                        connection, self.world.workspace, finding.request_id
                    )
        return found

    async def health(self, item_id: UUID) -> HealthState:
        async with self.world.database.transaction(self.world.workspace) as connection:
            health = await checkups.read_health(
                connection, self.world.workspace, item_id, now=datetime.now(UTC)
            )
        assert health is not None
        return health.state

    async def status(self, item_id: UUID) -> ItemStatus:
        async with self.world.database.transaction(self.world.workspace) as connection:
            item = await knowledge.get_item(connection, self.world.workspace, item_id)
        return item.status

    async def reject(self) -> None:
        """Let people say no to all that is open."""
        for proposal in await self.proposals():
            await self.world.open(proposal)
            decision = await self.world.write(proposal, verdict=Verdict.REJECT)
            await self.world.settle(decision)

    async def approve(self, proposal: Proposal) -> ApplyResult:
        """Let a lead approve a proposal, and apply it."""
        await self.world.open(proposal)
        await self.world.settle(await self.world.write(proposal))
        return await self.world.apply(proposal)

    async def redraft(self, proposal: Proposal) -> Proposal:
        """Have a proposal's next draft written; return it."""
        task = RedraftInput(workspace=self.world.workspace, proposal_id=proposal.id)
        await run(RedraftProposal(self.world.kit).redraft_proposal, task)
        return await self.world.read(proposal.id)

    async def requests(self, kind: ChangeRequestKind) -> list[UUID]:
        """Return the requests of a kind, newest first."""
        async with self.world.database.transaction(self.world.workspace) as connection:
            found = await change_requests.list_requests(connection, self.world.workspace)
        return [request.id for request in found if request.kind is kind]

    async def force(self, request_id: UUID) -> int:
        """Carry a quarantine out; return how many changes were made."""
        task = ForceInput(workspace=self.world.workspace, request_id=request_id)
        return (await run(ForceChanges(self.world.kit).force_changes, task)).applied

    async def switch(self, quarantine: str, by: str = "ada") -> None:
        """Set the quarantine policy, as an administrator does."""
        workspace = self.world.workspace
        async with self.world.database.transaction(workspace) as connection:
            await workspaces.change_settings(connection, workspace, {"quarantine": quarantine})
            await audit_log.record(
                connection,
                workspace,
                actor=by,
                action="settings_changed",
                subject=f"workspace/{workspace}",
                details={"quarantine": quarantine},
            )

    async def audit(self, action: str) -> list[tuple[str, dict[str, Any]]]:
        async with self.world.database.transaction(self.world.workspace) as connection:
            entries = await audit_log.list_audit(connection, self.world.workspace)
        return [(entry.actor, entry.details) for entry in entries if entry.action == action]
