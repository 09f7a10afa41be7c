"""What is under way while a customer is erased is not written down."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from activities.analyze_intervention import AnalyzeIntervention
from activities.draft_proposals import DraftInput, DraftProposals
from activities.redraft_proposal import RedraftInput, RedraftProposal
from activities.verify_proposal import VerifyInput, VerifyProposal
from domain.cases import Case, Draft, Reading
from domain.erasure import ERASED
from domain.findings import Finding
from domain.identity import ApiRole
from domain.knowledge import Change
from domain.proposals import ProposalStatus
from domain.reviews import Verdict
from store import erasures
from store.database import Database
from tests.activities.customer import (
    ASK,
    QUOTE,
    REF,
    erase,
    held,
    of_customer,
    proposal_of,
    record,
)
from tests.activities.test_human_check import GRANTED
from tests.activities.test_human_check import policy as policy_in_force
from tests.activities.test_human_check import posted as granted
from tests.activities.test_overtaking import Overtaken
from tests.activities.world import World, failure, run
from tests.api.fakes import WordEmbedder
from tests.workflows.scripted import ScriptedAnalyst, SureAnswerer, article, policy


class Meanwhile(ScriptedAnalyst):
    """An analyst that takes so long that the customer is erased meanwhile."""

    def __init__(self, world: World) -> None:
        """Erase in `world` on the first call."""
        super().__init__()
        self._world = world

    async def analyze(self, case: Case) -> Reading:
        """Erase, then answer from what was read before."""
        await erase(self._world)
        return await super().analyze(case)

    async def draft(self, case: Case, finding: Finding) -> Draft | None:
        """Erase, then answer from what was read before."""
        await erase(self._world)
        return await super().draft(case, finding)

    async def redraft(self, case: Case, finding: Finding, previous: Change, comment: str) -> Draft:
        """Erase, then answer from what was read before."""
        await erase(self._world)
        return await super().redraft(case, finding, previous, case.turns[0].text)


@pytest.fixture
async def slow(world: World) -> AsyncGenerator[World]:
    """A world whose analyst is overtaken by the erasure."""
    analyst = world.kit.analyst
    object.__setattr__(world.kit, "analyst", Meanwhile(world))
    yield world
    object.__setattr__(world.kit, "analyst", analyst)


async def test_an_analysis_under_way_writes_nothing_down(slow: World) -> None:
    intervention_id = await slow.post(of_customer())
    task = slow.analysis_of(intervention_id)

    result = await run(AnalyzeIntervention(slow.kit).analyze_intervention, task)

    assert result.gaps == ()
    assert held(await record(slow)) == []
    assert await slow.count("analyses") == 0
    assert slow.kit.cases.take(slow.workspace, intervention_id, finished=0) is None


async def test_an_erased_intervention_is_not_read(world: World) -> None:
    intervention_id = await world.post(of_customer())
    await erase(world)

    task = world.analysis_of(intervention_id)
    result = await run(AnalyzeIntervention(world.kit).analyze_intervention, task)

    assert result.gaps == ()
    assert await world.count("analyses") == 0


async def test_a_draft_under_way_is_not_written_down(world: World) -> None:
    intervention_id = await world.analyzed(of_customer())
    object.__setattr__(world.kit, "analyst", Meanwhile(world))
    task = DraftInput(workspace=world.workspace, intervention_id=intervention_id)

    failed = await failure(DraftProposals(world.kit).draft_proposals, task)

    assert (failed.type, failed.non_retryable) == ("erased_meanwhile", False)
    assert (await run(DraftProposals(world.kit).draft_proposals, task)).own == ()
    assert await world.count("proposals") == 0
    assert held(await record(world)) == []


async def test_a_draft_does_not_bring_back_what_was_erased_from_elsewhere(world: World) -> None:
    """The analyst was shown an item; another customer was erased from it meanwhile."""
    await world.post(of_customer())
    other = await world.analyzed(of_customer("Where is my lost drum?", "c-2"))
    world.analyst.change = lambda _: article(f"As we say of {QUOTE}.")
    task = DraftInput(workspace=world.workspace, intervention_id=other)
    Overtaken(world)

    failed = await failure(DraftProposals(world.kit).draft_proposals, task)

    assert (failed.type, failed.non_retryable) == ("erased_meanwhile", False)
    assert await world.count("proposals") == 0
    assert held(await record(world)) == []


async def test_a_case_that_was_read_before_an_erasure_is_read_again(world: World) -> None:
    await world.post(of_customer())
    other = await world.analyzed(of_customer("Where is my lost drum?", "c-2"))
    await erase(world)
    drafted_from: list[Case] = []

    def change(case: Case) -> Change:
        drafted_from.append(case)
        return article("Ask the warehouse.")

    world.analyst.change = change
    cached = world.kit.cases.take(world.workspace, other, finished=0)
    assert cached is not None
    world.kit.cases.put(world.workspace, cached, finished=0)
    assert len((await world.draft(other)).own) == 1
    assert drafted_from != []
    assert drafted_from[0] is not cached


async def test_nothing_is_placed_while_an_erasure_looks_through_the_record(
    world: World, impatient: Database
) -> None:
    """It would copy what other cases say to where the erasure has looked already."""
    other = await world.analyzed(of_customer("Where is my lost drum?", "c-2"))
    task = DraftInput(workspace=world.workspace, intervention_id=other)
    async with world.database.transaction(world.workspace) as erasing:
        await erasures.lock_others_out(erasing, world.workspace)
        kit = replace(world.kit, database=impatient)
        failed = await failure(DraftProposals(kit).draft_proposals, task)

    assert failed.type == "database_unavailable"
    assert await world.count("proposals") == 0


async def test_of_an_erased_deviation_only_that_it_was_supports_the_habit(world: World) -> None:
    item_id = await policy_in_force(world)
    first = await world.analyzed(granted(GRANTED).model_copy(update={"customer_ref": REF}))
    await world.draft(first)
    await world.draft(await world.analyzed(granted(GRANTED)))
    third = await world.analyzed(granted(GRANTED))
    await erase(world)

    [drafted] = (await world.draft(third)).own

    proposal = await world.read(drafted.proposal_id)
    assert (proposal.change.item_id, proposal.support) == (item_id, 3)
    [evidence] = await world.execute(
        "SELECT ask, finding FROM evidence WHERE intervention_id = %s", first
    )
    assert (evidence["ask"], evidence["finding"]["summary"]) == ("", ERASED)


async def test_a_redraft_under_way_is_not_written_down(world: World) -> None:
    proposal = await proposal_of(world, of_customer(), article("Ask the warehouse."))
    await world.settle(await world.write(proposal, verdict=Verdict.REQUEST_CHANGES))
    object.__setattr__(world.kit, "analyst", Meanwhile(world))
    task = RedraftInput(workspace=world.workspace, proposal_id=proposal.id)

    failed = await failure(RedraftProposal(world.kit).redraft_proposal, task)

    assert (failed.type, failed.non_retryable) == ("erased_meanwhile", False)
    assert (await world.read(proposal.id)).status is ProposalStatus.CHANGES_REQUESTED
    assert held(await record(world)) == []


async def test_a_verification_under_way_leaves_their_query_out(world: World) -> None:
    await proposal_of(world, of_customer())
    world.analyst.change = lambda _: policy()
    other = await world.draft(await world.analyzed(of_customer("Where is my lost drum?", "c-2")))
    task = VerifyInput(workspace=world.workspace, proposal_id=other.own[0].proposal_id)

    class Late(SureAnswerer):
        async def answer(self, query: str, knowledge: Any) -> Any:
            """Erase, then answer."""
            await erase(world)
            return await super().answer(query, knowledge)

    object.__setattr__(world.kit, "answerer", Late())

    failed = await failure(VerifyProposal(world.kit).verify_proposal, task)
    assert (failed.type, failed.non_retryable) == ("erased_meanwhile", False)
    assert held(await record(world)) == []
    object.__setattr__(world.kit, "answerer", SureAnswerer())
    await run(VerifyProposal(world.kit).verify_proposal, task)

    verification = (await world.read(task.proposal_id)).verification
    assert verification is not None
    assert [case.query for case in verification.cases] == ["Where is my lost drum?"]
    assert held(await record(world)) == []


async def test_a_wording_is_not_published_after_the_erasure(world: World) -> None:
    proposal = await proposal_of(world, of_customer(), article("Ask the warehouse."))
    for by, role in (("lee", ApiRole.LEAD), ("rae", ApiRole.REVIEWER)):
        await world.settle(await world.write(proposal, by, role))

    class Late(WordEmbedder):
        async def erase(self) -> None:
            """Erase, as another worker would."""
            await erase(world)

        def embed(self, texts: Sequence[str]) -> Any:
            """Erase first."""
            object.__setattr__(world.kit, "embedder", WordEmbedder())
            asyncio.run_coroutine_threadsafe(self.erase(), loop).result()
            return super().embed(texts)

    loop = asyncio.get_running_loop()
    object.__setattr__(world.kit, "embedder", Late())

    # It was approved with the wording: people see what is left.
    assert (await world.apply(proposal)).status is ProposalStatus.CONFLICTED
    assert (await world.read(proposal.id)).change.phrasings == ()

    assert (
        await world.execute("SELECT FROM passages WHERE source = 'phrasing' AND body = %s", ASK)
        == []
    )
    assert held(await record(world)) == []
