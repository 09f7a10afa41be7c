import asyncio
import dataclasses
from itertools import count
from uuid import UUID, uuid4

from activities.draft_proposals import DraftInput, DraftProposals
from domain.cases import Case, Draft
from domain.findings import Finding, Gap
from domain.proposals import ProposalStatus
from tests.activities.world import World, failure
from tests.workflows.scripted import ScriptedAnalyst, article, find, policy


async def analyzed(world: World, times: int) -> list[UUID]:
    return [await world.analyzed() for _ in range(times)]


async def test_ten_interventions_of_one_gap_at_once_are_one_proposal(world: World) -> None:
    world.analyst.change = lambda _: article()
    drafted = await asyncio.gather(*(world.draft(i) for i in await analyzed(world, 10)))
    own = [proposal for result in drafted for proposal in result.own]
    assert len(own) == 1
    assert sum(result.merged for result in drafted) == 9
    assert (await world.read(own[0].proposal_id)).support == 10
    assert await world.count("evidence") == 10


async def test_each_supporting_intervention_is_told_once(world: World) -> None:
    world.analyst.change = lambda _: article()
    for intervention_id in await analyzed(world, 3):
        for _ in range(2):
            await world.draft(intervention_id)
    rows = await world.execute(
        "SELECT payload FROM outbox WHERE workspace = %s AND topic = 'signal'", world.workspace
    )
    assert [row["payload"]["signal"] for row in rows] == ["add_evidence"] * 2


async def test_different_gaps_are_different_proposals(world: World) -> None:
    one = await world.drafted(article("Ask the warehouse."))
    other = await world.drafted(policy())
    assert one.id != other.id
    assert (one.support, other.support) == (1, 1)


async def test_a_second_run_drafts_nothing(world: World) -> None:
    (intervention_id,) = await analyzed(world, 1)
    first = await world.draft(intervention_id)
    world.analyst.change = lambda _: article("Something else entirely, about the harbour.")
    assert await world.draft(intervention_id) == first
    assert await world.count("proposals") == 1


class WaveringAnalyst(ScriptedAnalyst):
    """Says something else each time, as a model may."""

    def __init__(self) -> None:
        """Begin with the first."""
        super().__init__()
        self._numbers = count()

    async def draft(self, case: Case, finding: Finding) -> Draft | None:
        """Return a draft that resembles no other."""
        number = next(self._numbers)
        text = " ".join(f"word{number}x{n}" for n in range(20))
        change = article(text)
        content = change.content.model_copy(update={"title": text[:90], "question": text})
        change = change.model_copy(update={"content": content})
        return Draft(change=change, title=text[:90], rationale="It differs.")


async def test_attempts_at_once_that_differ_leave_one_proposal(world: World) -> None:
    """A late attempt's other draft neither opens a second proposal nor joins another's."""
    world = World(dataclasses.replace(world.kit, analyst=WaveringAnalyst()), world.workspace)
    (intervention_id,) = await analyzed(world, 1)
    results = await asyncio.gather(*(world.draft(intervention_id) for _ in range(5)))
    assert {result.own for result in results} == {results[0].own}
    assert await world.count("proposals") == 1
    assert (await world.actions()).count("proposal_drafted") == 1
    assert "evidence_added" not in await world.actions()


async def test_a_late_attempt_joins_nothing_else(world: World) -> None:
    """Its finding is another proposal's evidence already: nobody is told of it again."""
    world.analyst.change = lambda _: article()
    first, second = await analyzed(world, 2)
    await world.draft(first)
    await asyncio.gather(*(world.draft(second) for _ in range(4)))
    assert (await world.actions()).count("evidence_added") == 1


async def test_a_case_that_is_rightly_a_humans_leads_to_nothing(world: World) -> None:
    world.analyst.reading = find(Gap.NONE)
    drafted = await world.draft(await world.analyzed())
    assert (drafted.own, drafted.merged) == ((), 0)


async def test_a_closed_proposal_takes_no_evidence(world: World) -> None:
    world.analyst.change = lambda _: article()
    applied = await world.approved()
    await world.apply(applied)
    again = await world.drafted()
    assert again.id != applied.id
    assert again.status is ProposalStatus.DRAFTING


async def test_other_workspaces_are_not_joined(world: World) -> None:
    await world.drafted(article())
    other = World(world.kit, f"{world.workspace}-b")
    await world.execute("INSERT INTO workspaces (id) VALUES (%s)", other.workspace)
    assert (await other.drafted(article())).support == 1


async def test_an_intervention_that_was_not_analysed_is_permanent(world: World) -> None:
    task = DraftInput(workspace=world.workspace, intervention_id=await world.post())
    error = await failure(DraftProposals(world.kit).draft_proposals, task)
    assert (error.type, error.non_retryable) == ("not_found", True)


async def test_an_unknown_intervention_is_permanent(world: World) -> None:
    task = DraftInput(workspace=world.workspace, intervention_id=uuid4())
    error = await failure(DraftProposals(world.kit).draft_proposals, task)
    assert (error.type, error.non_retryable) == ("not_found", True)
