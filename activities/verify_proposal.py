"""Replays past queries without and with a proposal's change."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

from temporalio import activity

from activities.failures import heartbeats, told_to_temporal
from activities.kit import Kit
from agent.knowledge import ChangedKnowledge, RememberedKnowledge, StoredKnowledge
from domain.base import Message
from domain.knowledge import Change
from domain.proposals import (
    Proposal,
    ReplayCase,
    ReplayEffect,
    Verification,
    replay_effect,
)
from store import interventions, proposals

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

        Side effect: the proposal's `verification`, keyed by the content hash that was verified;
        one that is there already stands. Permanent failure: `not_found`.
        """
        async with told_to_temporal(), heartbeats():
            async with self._kit.database.transaction(task.workspace) as connection:
                proposal = await proposals.get_proposal(
                    connection, task.workspace, task.proposal_id
                )
            verification = proposal.verification
            if verification is None or verification.content_hash != proposal.content_hash:
                verification = await self._replay(task.workspace, proposal)
                async with self._kit.database.transaction(task.workspace) as connection:
                    await proposals.save_verification(
                        connection, task.workspace, proposal.id, verification
                    )
            return VerifyResult(
                fixed=verification.count(ReplayEffect.FIXED),
                broken=verification.count(ReplayEffect.BROKEN),
                changed=verification.count(ReplayEffect.CHANGED),
                same=verification.count(ReplayEffect.SAME),
                fixes_original=verification.fixes_original,
            )

    async def _replay(self, workspace: str, proposal: Proposal) -> Verification:
        asks = await self._asks(workspace, proposal)
        cases = [
            await self._replay_one(
                workspace, proposal.id, proposal.change, ask, original=proposal.intervention_id
            )
            for ask in asks
        ]
        return Verification(
            content_hash=proposal.content_hash,
            agent=self._kit.answerer.name,
            cases=tuple(cases),
            verified_at=datetime.now(UTC),
        )

    async def _asks(self, workspace: str, proposal: Proposal) -> list[interventions.SimilarAsk]:
        """Return the original ask first, then the past ones nearest to it, each text once."""
        async with self._kit.database.transaction(workspace) as connection:
            analysis = await interventions.find_analysis(
                connection, workspace, proposal.intervention_id
            )
            if analysis is None:
                return []
            vectors = await asyncio.to_thread(self._kit.embedder.embed, [analysis.ask])
            near = await interventions.similar_asks(
                connection,
                workspace,
                embedding=vectors[0].tolist(),
                except_id=proposal.intervention_id,
                limit=_SIMILAR_ASKS,
            )
        original = interventions.SimilarAsk(
            intervention_id=proposal.intervention_id, ask=analysis.ask, similarity=1.0
        )
        texts: dict[str, interventions.SimilarAsk] = {}
        for ask in (original, *near):
            texts.setdefault(ask.ask, ask)
        return list(texts.values())

    async def _replay_one(
        self,
        workspace: str,
        proposal_id: UUID,
        change: Change,
        ask: interventions.SimilarAsk,
        *,
        original: UUID,
    ) -> ReplayCase:
        kit = self._kit
        text = ask.ask[:_MAX_REPLAYED_CHARACTERS]
        item_id = change.item_id or proposal_id
        now = RememberedKnowledge(StoredKnowledge(kit.database, workspace, kit.embedder))
        then = ChangedKnowledge(now, change, item_id=item_id, embedder=kit.embedder)
        before = await kit.answerer.answer(text, now)
        after = await kit.answerer.answer(text, then)
        return ReplayCase(
            query=text,
            intervention_id=ask.intervention_id,
            is_original=ask.intervention_id == original,
            effect=replay_effect(before, after, changed_item=item_id, intervened=True),
            before=before,
            after=after,
        )
