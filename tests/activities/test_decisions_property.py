"""Whatever people decide, in whatever order: only sufficient approvals of exactly that apply."""

from dataclasses import dataclass, field
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from temporalio.exceptions import ApplicationError

from activities.redraft_proposal import RedraftInput, RedraftProposal
from domain.identity import ApiRole
from domain.knowledge import Change
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import Decision, DecisionEffect, Verdict
from store import reviews
from tests.activities.editing import verify_and_settle_edit
from tests.activities.world import World, run
from tests.workflows.scripted import article, policy

PEOPLE = {
    "lee": ApiRole.LEAD,
    "rae": ApiRole.REVIEWER,
    "kim": ApiRole.REVIEWER,
    "dana": ApiRole.LEAD,
    "bot": ApiRole.INTEGRATION,
}
AUTHOR = "dana"


class Step(NamedTuple):
    """One thing that somebody, or an impatient worker, does."""

    what: str
    by: str = "lee"
    hash: str = "current"
    redelivered: int = 0


deciding = st.builds(
    Step,
    st.sampled_from(["approve", "approve", "approve", "edit", "reject", "request_changes"]),
    st.sampled_from(sorted(PEOPLE)),
    st.sampled_from(["current", "current", "current", "first", "wrong"]),
)
others = st.builds(
    Step, st.sampled_from(["apply", "redeliver"]), redelivered=st.integers(min_value=0, max_value=5)
)
sequences = st.lists(deciding | deciding | others, min_size=1, max_size=8)


@dataclass
class Story:
    """One proposal, and what was said of it: by whom, and of which exact content."""

    world: World
    proposal: Proposal
    first_hash: str
    edits: int = 0
    written: list[Decision] = field(default_factory=list[Decision])

    async def take(self, step: Step) -> None:
        """Take one step, and do what the workflow does after it."""
        if step.what == "apply":
            await self.try_to_apply()
            return
        if step.what == "redeliver":
            if self.written:
                await self.settle(self.written[step.redelivered % len(self.written)])
        else:
            self.written.append(await self.write(step))
            await self.settle(self.written[-1])
        await self.follow_up()

    async def settle(self, decision: Decision) -> None:
        """Rule on a decision; an edit is verified before its approval takes effect."""
        settled = await self.world.settle(decision)
        if settled.edited:
            assert (await self.world.read(self.proposal.id)).status is not ProposalStatus.APPROVED
            await self.try_to_apply()
            await verify_and_settle_edit(self.world, decision, settled.seen)

    async def write(self, step: Step) -> Decision:
        now = await self.world.read(self.proposal.id)
        hashes = {"current": now.content_hash, "first": self.first_hash, "wrong": "0" * 64}
        edit: Change | None = None
        verdict = Verdict.APPROVE if step.what == "edit" else Verdict(step.what)
        if step.what == "edit":
            self.edits += 1
            title = f"Lost parcels {self.edits}"
            edit = now.change.model_copy(
                update={"content": now.change.content.model_copy(update={"title": title})}
            )
        return await self.world.write(
            now, step.by, PEOPLE[step.by], verdict, content_hash=hashes[step.hash], edit=edit
        )

    async def try_to_apply(self) -> None:
        """Apply, as a worker might at any moment; without enough approvals it is refused."""
        try:
            await self.world.apply(self.proposal)
        except ApplicationError as error:
            if error.type != "not_approved":
                raise

    async def follow_up(self) -> None:
        """Do what the workflow does in the proposal's status."""
        status = (await self.world.read(self.proposal.id)).status
        if status is ProposalStatus.APPROVED:
            await self.world.apply(self.proposal)
        if status is ProposalStatus.CHANGES_REQUESTED:
            task = RedraftInput(workspace=self.world.workspace, proposal_id=self.proposal.id)
            await run(RedraftProposal(self.world.kit).redraft_proposal, task)
            await self.world.open(self.proposal)

    def may_apply(self, content_hash: str) -> bool:
        """Return whether enough people ever approved exactly this, by the plain words of the rule.

        An article needs one person beside the author, a policy two people, one of them a lead.
        """
        people = {
            decision.by
            for decision in self.written
            if decision.verdict is Verdict.APPROVE
            and decision.by != "bot"
            and decision.approved_hash == content_hash
        }
        if people <= {AUTHOR}:
            return False
        least = self.world.kit.policies.of(self.proposal.change.kind)
        leads = {name for name in people if PEOPLE[name] is ApiRole.LEAD}
        return len(people) >= least.approvals and (least.one_from is None or bool(leads))

    async def check(self) -> None:
        """Assert what must be true after every step."""
        releases = await self.world.execute(
            "SELECT content_hash FROM releases WHERE proposal_id = %s", self.proposal.id
        )
        now = await self.world.read(self.proposal.id)
        assert len(releases) <= 1
        assert now.status is not ProposalStatus.APPROVED
        assert (now.status is ProposalStatus.APPLIED) == bool(releases)
        for release in releases:
            assert release["content_hash"] == now.content_hash == now.change.content_hash()
            assert self.may_apply(release["content_hash"])
        async with self.world.database.transaction(self.world.workspace) as connection:
            kept = await reviews.list_decisions(connection, self.world.workspace, self.proposal.id)
        assert {decision.id for decision in kept} == {decision.id for decision in self.written}
        assert all(decision.effect is not DecisionEffect.PENDING for decision in kept)
        for decision in kept:
            assert (decision.effect is DecisionEffect.IGNORED) == (decision.reason is not None)


@pytest.mark.parametrize("change", [article(), policy()], ids=["article", "policy"])
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=sequences)
async def test_knowledge_changes_only_by_enough_approvals_of_exactly_that_and_once(
    world: World, change: Change, steps: list[Step]
) -> None:
    # A fresh gap for each example: an open proposal of the last one would take this one in, and
    # a rejection would hold it back.
    await world.execute(
        "UPDATE proposals SET status = 'superseded' WHERE workspace = %s", world.workspace
    )
    await world.execute(
        "UPDATE suppressions SET successor_id = proposal_id WHERE workspace = %s", world.workspace
    )
    proposal = await world.in_review(change)
    story = Story(world, proposal, proposal.content_hash)
    for step in steps:
        await story.take(step)
        await story.check()
