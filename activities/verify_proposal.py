"""Replays past queries without and with a proposal's change."""

from datetime import UTC, datetime
from uuid import UUID

from temporalio import activity

from activities.embedding import embed_text
from activities.failures import heartbeats, told_to_temporal
from activities.kit import Kit
from activities.overtaking import refuse_if_overtaken
from agent.knowledge import ChangedKnowledge, RememberedKnowledge, StoredKnowledge
from domain.base import Message
from domain.erasure import ERASED
from domain.proposals import (
    Proposal,
    ReplayCase,
    ReplayEffect,
    Verification,
    replay_effect,
)
from store import erasures, interventions, proposals

_SIMILAR_ASKS = 5
_MAX_REPLAYED_CHARACTERS = 2_000


class VerifyInput(Message):
    """Which proposal to verify, in its current draft."""

    workspace: str
    proposal_id: UUID


class VerifyResult(Message):
    """What the change does to the replayed queries."""

    fixed: int
    broken: int
    changed: int
    same: int
    fixes_original: bool


class VerifyProposal:
    """Holds the reference agent, the embedder and the database."""

    def __init__(self, kit: Kit) -> None:
        """Use the worker's kit."""
        self._kit = kit

    @activity.defn
    async def verify_proposal(self, task: VerifyInput) -> VerifyResult:
        """Store how the original query and the past ones nearest to it are answered with it.

        What a person asks for has no original query, nor has that of an erased customer: the past
        ones nearest to what it says are replayed alone.

        Side effect: the proposal's `verification`, keyed by the content hash that was verified;
        one that is there already stands. Tried again after an erasure meanwhile, since answers
        quote items. Permanent failure: `not_found`.
        """
        async with told_to_temporal(), heartbeats():
            async with self._kit.database.transaction(task.workspace) as connection:
                finished = await erasures.count_finished(connection, task.workspace)
                proposal = await proposals.get_proposal(
                    connection, task.workspace, task.proposal_id
                )
            verification = proposal.verification
            if verification is None or verification.content_hash != proposal.content_hash:
                verification = await self._replay(task.workspace, proposal)
                verification = await self._save(task, verification, finished)
            return VerifyResult(
                fixed=verification.count(ReplayEffect.FIXED),
                broken=verification.count(ReplayEffect.BROKEN),
                changed=verification.count(ReplayEffect.CHANGED),
                same=verification.count(ReplayEffect.SAME),
                fixes_original=verification.fixes_original,
            )

    async def _save(
        self, task: VerifyInput, verification: Verification, finished_erasures: int
    ) -> Verification:
        """Store the verification and return it, without queries that were erased meanwhile."""
        async with self._kit.database.transaction(task.workspace) as connection:
            await refuse_if_overtaken(connection, task.workspace, finished_erasures)
            # Proposals are locked before interventions everywhere, so no deadlock.
            await proposals.lock_proposal(connection, task.workspace, task.proposal_id)
            asked_in = {c.intervention_id for c in verification.cases if c.intervention_id}
            erased = await erasures.erased_among(connection, task.workspace, asked_in)
            kept = tuple(c for c in verification.cases if c.intervention_id not in erased)
            verification = verification.model_copy(update={"cases": kept})
            await proposals.save_verification(
                connection, task.workspace, task.proposal_id, verification
            )
        return verification

    async def _replay(self, workspace: str, proposal: Proposal) -> Verification:
        asks = await self._asks(workspace, proposal)
        cases = [await self._replay_one(workspace, proposal, ask) for ask in asks]
        return Verification(
            content_hash=proposal.content_hash,
            agent=self._kit.answerer.name,
            cases=tuple(cases),
            verified_at=datetime.now(UTC),
        )

    async def _asks(self, workspace: str, proposal: Proposal) -> list[interventions.SimilarAsk]:
        """Return the original ask first, then the past ones nearest to it, each text once."""
        original = await self._original(workspace, proposal)
        said = original.ask if original else proposal.change.content.search_text()
        text = said[:_MAX_REPLAYED_CHARACTERS]
        embedding = await embed_text(self._kit, text)
        async with self._kit.database.transaction(workspace) as connection:
            near = await interventions.similar_asks(
                connection,
                workspace,
                embedding=embedding,
                except_id=proposal.intervention_id,
                limit=_SIMILAR_ASKS,
            )
        texts: dict[str, interventions.SimilarAsk] = {}
        for ask in (*([original] if original else []), *near):
            texts.setdefault(ask.ask, ask)
        return list(texts.values())

    async def _original(
        self, workspace: str, proposal: Proposal
    ) -> interventions.SimilarAsk | None:
        """Return the ask that led to the proposal; None for what a person asks for, or erased."""
        if proposal.intervention_id is None:
            return None
        async with self._kit.database.transaction(workspace) as connection:
            analysis = await interventions.find_analysis(
                connection, workspace, proposal.intervention_id
            )
        if analysis is None or analysis.ask == ERASED:
            return None
        return interventions.SimilarAsk(
            intervention_id=proposal.intervention_id, ask=analysis.ask, similarity=1.0
        )

    async def _replay_one(
        self, workspace: str, proposal: Proposal, ask: interventions.SimilarAsk
    ) -> ReplayCase:
        kit, change = self._kit, proposal.change
        text = ask.ask[:_MAX_REPLAYED_CHARACTERS]
        item_id = change.item_id or proposal.id
        now = RememberedKnowledge(StoredKnowledge(kit.database, workspace, kit.embedder))
        then = ChangedKnowledge(now, change, item_id=item_id, embedder=kit.embedder)
        before = await kit.answerer.answer(text, now)
        after = await kit.answerer.answer(text, then)
        return ReplayCase(
            query=text,
            intervention_id=ask.intervention_id,
            is_original=ask.intervention_id == proposal.intervention_id,
            effect=replay_effect(
                before,
                after,
                changed_item=item_id,
                # The agent may have learned since to answer what a human once had to: an answer
                # that is only another one is no proof for what a person asks for.
                intervened=proposal.intervention_id is not None,
            ),
            before=before,
            after=after,
        )
