"""Writes rows through `store/` as the activities would, for tests of what people see."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from domain.cases import AskResult
from domain.conversation import InterventionStatus, Submission
from domain.escalation import EscalationPolicy, Tier, restart_clock
from domain.findings import AnalystInfo, Finding, Gap, Quote
from domain.identity import ApiRole
from domain.knowledge import Change, ItemKind, Operation
from domain.proposals import (
    Proposal,
    ProposalStatus,
    ReplayCase,
    ReplayEffect,
    Verification,
)
from domain.reviews import Decision, Review, Verdict
from store import interventions, proposals, publishing, reviews, suppressions
from store.database import Database
from store.vectors import Embedding
from tests.api.fakes import WordEmbedder
from tests.domain.builders import asked, content, submission

ANALYST = AnalystInfo(name="offline", version="1")
_EMBEDDER = WordEmbedder()


class Rows:
    """Writes into one workspace."""

    def __init__(self, database: Database, workspace: str) -> None:
        """Write into `workspace`."""
        self.database = database
        self.workspace = workspace

    async def intervention(self, posted: Submission | None = None) -> UUID:
        """Store an intervention; a fresh one unless given."""
        posted = posted or submission(external_id=uuid4().hex)
        async with self.database.transaction(self.workspace) as connection:
            receipt = await interventions.take_in(connection, self.workspace, posted)
            await interventions.set_intervention_status(
                connection, self.workspace, receipt.intervention_id, InterventionStatus.IN_REVIEW
            )
        return receipt.intervention_id

    async def analysis(self, intervention_id: UUID, finding: Finding) -> None:
        """Store an analysis with one finding."""
        async with self.database.transaction(self.workspace) as connection:
            await interventions.save_analysis(
                connection,
                self.workspace,
                intervention_id,
                analyst=ANALYST,
                ask="Where is my refund?",
                ask_embedding=Embedding(_EMBEDDER.name, _embed("Where is my refund?")),
                findings=[finding],
                usage=None,
            )

    async def proposal(
        self,
        change: Change | None = None,
        *,
        posted: Submission | None = None,
        title: str = "Add an article on refunds",
        approvals: int = 1,
        author: str | None = None,
        review: bool = True,
        finding: Finding | None = None,
        effect: ReplayEffect | None = ReplayEffect.FIXED,
    ) -> Proposal:
        """Store a proposal that waits for its review; without `effect` it was not verified."""
        intervention_id = await self.intervention(posted)
        change = change or adding()
        finding = finding or a_finding()
        await self.analysis(intervention_id, finding)
        new = proposals.NewProposal(
            id=uuid4(),
            intervention_id=intervention_id,
            finding_index=0,
            finding=finding,
            ask="Where is my refund?",
            title=title,
            rationale="Five customers asked.",
            change=change,
            analyst=ANALYST,
            merge_key=uuid4().hex,
        )
        async with self.database.transaction(self.workspace) as connection:
            embedding = Embedding(_EMBEDDER.name, _embed(title))
            await proposals.insert_proposal(connection, self.workspace, new, embedding)
            if effect:
                await proposals.save_verification(
                    connection, self.workspace, new.id, a_verification(change, effect)
                )
            if review:
                await reviews.insert_review(
                    connection, self.workspace, a_review(new.id, approvals, author)
                )
        if review:
            await self.move(new.id, ProposalStatus.IN_REVIEW)
        return await self.read(new.id)

    async def read(self, proposal_id: UUID) -> Proposal:
        """Return the proposal as it is now."""
        async with self.database.transaction(self.workspace) as connection:
            return await proposals.get_proposal(connection, self.workspace, proposal_id)

    async def move(self, proposal_id: UUID, *statuses: ProposalStatus) -> None:
        """Let the proposal go through these statuses."""
        for status in statuses:
            async with self.database.transaction(self.workspace) as connection:
                found = await proposals.lock_proposal(connection, self.workspace, proposal_id)
                await proposals.move_proposal(connection, self.workspace, found, status)

    async def suppression(
        self,
        proposal: Proposal,
        *,
        by: str = "lee",
        reason: str = "Ask sales.",
        lifts_after: int = 5,
    ) -> UUID:
        """Store a rejection of the proposal, which stays as it is, and its suppression."""
        decision = Decision(
            id=uuid4(),
            proposal_id=proposal.id,
            verdict=Verdict.REJECT,
            content_hash=proposal.content_hash,
            comment=reason,
            by=by,
            role=ApiRole.LEAD,
            created_at=datetime.now(UTC),
        )
        async with self.database.transaction(self.workspace) as connection:
            await reviews.insert_decision(connection, self.workspace, decision)
            made = await suppressions.insert_suppression(
                connection, self.workspace, decision.id, lifts_after
            )
        assert made is not None
        return made

    async def item(self, change: Change | None = None) -> tuple[UUID, int]:
        """Publish a change (an added article unless given); return item id and release."""
        change = change or adding()
        passages = [publishing.Passage(text, _embed(text)) for text in change.content.passages()]
        async with self.database.transaction(self.workspace) as connection:
            return await publishing.publish(
                connection,
                self.workspace,
                change,
                passages=passages,
                model=_EMBEDDER.name,
                provenance=publishing.Provenance(approved_by=("dana",)),
            )


def _embed(text: str) -> list[float]:
    return [float(value) for value in _EMBEDDER.embed([text])[0]]


def adding(text: str = "Refunds take 5 days.", kind: ItemKind = ItemKind.ARTICLE) -> Change:
    """Return the addition of one item."""
    return Change(kind=kind, operation=Operation.ADD, content=content(kind, text))


def revising(
    item_id: UUID, text: str, *, base: int = 1, kind: ItemKind = ItemKind.ARTICLE
) -> Change:
    """Return the revision of one item."""
    return Change(
        kind=kind,
        operation=Operation.REVISE,
        item_id=item_id,
        base_revision=base,
        content=content(kind, text),
    )


def a_finding(quote: str = "Where is my refund?") -> Finding:
    """Return a finding that quotes the first turn."""
    return Finding(
        gap=Gap.MISSING_KNOWLEDGE,
        summary="The agent did not know how long refunds take.",
        agent_did="Handed the query off.",
        human_did="Said that refunds take 5 days.",
        quotes=(Quote(turn=0, text=quote),),
        confidence=0.8,
    )


def a_verification(change: Change, effect: ReplayEffect = ReplayEffect.FIXED) -> Verification:
    """Return a verification that replayed the original query, with this effect."""
    handed_off = AskResult(answered=False, handoff_reason="Nothing known.", confidence=0.1)
    answered = asked("Refunds take 5 days.")
    before, after = {
        ReplayEffect.FIXED: (handed_off, answered),
        ReplayEffect.BROKEN: (answered, handed_off),
        ReplayEffect.CHANGED: (asked("Ask the bank."), answered),
        ReplayEffect.SAME: (handed_off, handed_off),
    }[effect]
    return Verification(
        content_hash=change.content_hash(),
        agent="offline",
        cases=(
            ReplayCase(
                query="Where is my refund?",
                is_original=True,
                effect=effect,
                before=before,
                after=after,
            ),
        ),
        verified_at=datetime.now(UTC),
    )


def a_review(proposal_id: UUID, approvals: int = 1, author: str | None = None) -> Review:
    """Return a review that opens now."""
    now = datetime.now(UTC)
    tiers = tuple(
        Tier.model_validate({"group": group, "due": "2d", "remind": ["1d"]})
        for group in (ApiRole.REVIEWER, ApiRole.LEAD)
    )
    policy = EscalationPolicy(tiers=tiers, approvals=approvals)
    return Review(
        proposal_id=proposal_id, clock=restart_clock(policy, now), author=author, opened_at=now
    )
