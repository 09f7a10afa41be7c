"""Replays past queries without and with a proposal's change."""

from uuid import UUID

from temporalio import activity

from activities.contradicting import find_contradictions
from activities.failures import heartbeats, told_to_temporal
from activities.kit import Kit
from activities.overtaking import refuse_if_overtaken
from activities.replaying import replay, save_replay
from activities.sending_back import reason_of
from domain.base import Message
from domain.proposals import ReplayEffect, Verification
from store import erasures, proposals


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
    sends_back: bool = False
    """Whether the draft should be written once more before people see it."""


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

        Side effects: the proposal's `verification`, keyed by the content hash that was verified;
        one that is there already stands. Before that, what the draft contradicts is found. Tried
        again after an erasure meanwhile, since answers quote items. Permanent failure:
        `not_found`.
        """
        async with told_to_temporal(), heartbeats():
            async with self._kit.database.transaction(task.workspace) as connection:
                finished = await erasures.count_finished(connection, task.workspace)
                proposal = await proposals.get_proposal(
                    connection, task.workspace, task.proposal_id
                )
            verification = proposal.verification
            if verification is None or verification.content_hash != proposal.content_hash:
                await find_contradictions(self._kit, task.workspace, proposal.id)
                verification = await replay(self._kit, task.workspace, proposal)
                verification = await self._save(task, verification, finished)
            verified = proposal.model_copy(update={"verification": verification})
            return VerifyResult(
                fixed=verification.count(ReplayEffect.FIXED),
                broken=verification.count(ReplayEffect.BROKEN),
                changed=verification.count(ReplayEffect.CHANGED),
                same=verification.count(ReplayEffect.SAME),
                fixes_original=verification.fixes_original,
                sends_back=bool(await reason_of(self._kit, task.workspace, verified)),
            )

    async def _save(
        self, task: VerifyInput, verification: Verification, finished_erasures: int
    ) -> Verification:
        """Store the verification and return it, without queries that were erased meanwhile."""
        async with self._kit.database.transaction(task.workspace) as connection:
            await refuse_if_overtaken(connection, task.workspace, finished_erasures)
            # Proposals are locked before interventions everywhere, so no deadlock.
            await proposals.lock_proposal(connection, task.workspace, task.proposal_id)
            return await save_replay(connection, task.workspace, task.proposal_id, verification)
