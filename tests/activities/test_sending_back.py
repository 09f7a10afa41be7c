"""A first draft that does not fix its own case is written once more, and the better one kept."""

import asyncio
import dataclasses

from activities.redraft_proposal import RedraftInput, RedraftProposal
from activities.verify_proposal import VerifyInput, VerifyProposal
from domain.cases import AskResult, Case, Draft, Knowledge
from domain.erasure import ERASED
from domain.errors import AnalystOutputError
from domain.findings import Finding, ModelUsage
from domain.knowledge import ArticleContent, Change
from domain.proposals import KeptDraft, Proposal, ProposalStatus, SentBack
from domain.sending_back import OPENING
from store import interventions
from tests.activities.customer import erase, of_customer
from tests.activities.world import World, failure, run
from tests.workflows.scripted import ScriptedAnalyst, SureAnswerer


class Picky(SureAnswerer):
    """Answers only from an item that says what it wants to read."""

    def __init__(self, wants: str) -> None:
        """Want to read this."""
        self._wants = wants

    async def answer(self, query: str, knowledge: Knowledge) -> AskResult:
        """Hand off unless the nearest article says it."""
        hits = await knowledge.search(query, k=1)
        contents = [hit.item.content for hit in hits]
        said = [c.answer for c in contents if isinstance(c, ArticleContent)]
        if any(self._wants in text for text in said):
            return await super().answer(query, knowledge)
        return AskResult(answered=False, handoff_reason="No item says that.", confidence=0)


class Costly(ScriptedAnalyst):
    """Says what its drafts cost."""

    async def redraft(self, case: Case, finding: Finding, previous: Change, comment: str) -> Draft:
        """Return a draft that took seven tokens."""
        draft = await super().redraft(case, finding, previous, comment)
        return draft.model_copy(update={"usage": ModelUsage(output_tokens=7)})


def let(world: World, wants: str) -> None:
    """Let the agent answer only from an item that says `wants`, and drafts cost something."""
    world.kit = dataclasses.replace(world.kit, answerer=Picky(wants), analyst=Costly())


async def verified(world: World, proposal: Proposal) -> bool:
    """Verify; return whether the draft is to be written once more."""
    task = VerifyInput(workspace=world.workspace, proposal_id=proposal.id)
    return (await run(VerifyProposal(world.kit).verify_proposal, task)).sends_back


async def redraft(world: World, proposal: Proposal) -> ProposalStatus:
    task = RedraftInput(workspace=world.workspace, proposal_id=proposal.id)
    return (await run(RedraftProposal(world.kit).redraft_proposal, task)).status


def sent_back(proposal: Proposal) -> SentBack:
    assert proposal.verification
    assert proposal.verification.sent_back
    return proposal.verification.sent_back


async def test_a_draft_that_fixes_its_case_is_left_alone(world: World) -> None:
    let(world, "About")
    proposal = await world.drafted()
    assert not await verified(world, proposal)
    assert await redraft(world, proposal) is ProposalStatus.DRAFTING
    assert world.analyst.redrafts == 0


async def test_a_second_draft_that_fixes_it_is_kept_with_its_report(world: World) -> None:
    """The scripted analyst takes the reason over word for word, which the agent wants to read."""
    let(world, OPENING)
    first = await world.drafted()
    assert await verified(world, first)
    assert await redraft(world, first) is ProposalStatus.DRAFTING
    now = await world.read(first.id)
    assert (now.draft, now.drafted_by) == (2, "scripted")
    assert now.verification
    assert now.verification.content_hash == now.content_hash
    assert now.verification.fixes_original
    assert sent_back(now).kept is KeptDraft.SECOND
    assert "No item says that" in sent_back(now).reason


async def test_the_first_draft_stays_if_the_second_is_no_better(world: World) -> None:
    let(world, "what nobody says")
    first = await world.drafted()
    assert await verified(world, first)
    await redraft(world, first)
    now = await world.read(first.id)
    assert (now.draft, now.change) == (1, first.change)
    assert now.verification
    assert not now.verification.fixes_original
    assert sent_back(now).kept is KeptDraft.FIRST


async def test_it_is_sent_back_once_whatever_is_tried_again(world: World) -> None:
    let(world, "what nobody says")
    proposal = await world.drafted()
    await verified(world, proposal)
    await asyncio.gather(*(redraft(world, proposal) for _ in range(2)))
    await redraft(world, proposal)
    assert not await verified(world, proposal)
    assert world.analyst.redrafts <= 2
    assert (await world.actions()).count("proposal_sent_back") >= 1
    assert sent_back(await world.read(proposal.id)).kept is KeptDraft.FIRST


async def test_what_it_cost_is_counted_and_the_audit_says_so_without_words(world: World) -> None:
    let(world, OPENING)
    proposal = await world.drafted()
    await verified(world, proposal)
    await redraft(world, proposal)
    async with world.database.transaction(world.workspace) as connection:
        analysis = await interventions.find_analysis(
            connection, world.workspace, proposal.origin.id
        )
    assert analysis
    assert analysis.usage
    assert analysis.usage.output_tokens == 7
    [entry] = await world.execute(
        "SELECT actor, details FROM audit WHERE workspace = %s AND action = 'proposal_sent_back'",
        world.workspace,
    )
    assert entry == {"actor": "scripted", "details": {"kept": "second", "from_draft": 1}}


async def test_a_second_draft_that_breaks_a_rule_leaves_the_first_at_once(world: World) -> None:
    class Inventing(Costly):
        async def redraft(
            self, case: Case, finding: Finding, previous: Change, comment: str
        ) -> Draft:
            """Say what nobody vouches for."""
            raise AnalystOutputError("the change says what no person, tool or item says")

    let(world, OPENING)
    world.kit = dataclasses.replace(world.kit, analyst=Inventing())
    proposal = await world.drafted()
    await verified(world, proposal)
    await redraft(world, proposal)
    now = await world.read(proposal.id)
    assert (now.draft, sent_back(now).kept) == (1, KeptDraft.FIRST)


async def test_what_people_have_seen_is_not_sent_back(world: World) -> None:
    let(world, "what nobody says")
    proposal = await world.drafted()
    await verified(world, proposal)
    await world.open(proposal)
    await redraft(world, proposal)
    assert world.analyst.redrafts == 0


async def test_nothing_is_stored_of_a_case_that_is_erased_meanwhile(world: World) -> None:
    class Overtaken(Costly):
        async def redraft(
            self, case: Case, finding: Finding, previous: Change, comment: str
        ) -> Draft:
            """Erase, then answer from what was read before."""
            await erase(world)
            return await super().redraft(case, finding, previous, comment)

    let(world, OPENING)
    result = await world.draft(await world.analyzed(of_customer()))
    proposal = await world.read(result.own[0].proposal_id)
    assert await verified(world, proposal)
    world.kit = dataclasses.replace(world.kit, analyst=Overtaken())
    task = RedraftInput(workspace=world.workspace, proposal_id=proposal.id)
    failed = await failure(RedraftProposal(world.kit).redraft_proposal, task)
    assert (failed.type, failed.non_retryable) == ("erased_meanwhile", False)
    assert "proposal_sent_back" not in await world.actions()
    now = await world.read(proposal.id)
    assert ERASED in now.change.content.search_text()
    assert now.verification is None
