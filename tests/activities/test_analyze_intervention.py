import asyncio
import dataclasses
from uuid import uuid4

import pytest

from activities.analyze_intervention import AnalyzeIntervention
from domain.cases import Case, Reading
from domain.conversation import InterventionStatus
from domain.findings import Gap, Quote
from store import interventions
from tests.activities.world import AwayDatabase, World, failure, run
from tests.domain import builders
from tests.workflows.scripted import ScriptedAnalyst


async def status(world: World) -> list[str]:
    rows = await world.execute(
        "SELECT status FROM interventions WHERE workspace = %s", world.workspace
    )
    return [row["status"] for row in rows]


async def test_an_intervention_is_read_once(world: World) -> None:
    intervention_id = await world.analyzed()
    world.analyst.reading = lambda _: pytest.fail("asked again")
    result = await run(
        AnalyzeIntervention(world.kit).analyze_intervention, world.analysis_of(intervention_id)
    )
    assert result.gaps == (Gap.MISSING_KNOWLEDGE,)
    assert await world.count("analyses") == 1
    assert await status(world) == ["analyzing"]


async def test_runs_at_once_leave_one_analysis_and_one_entry(world: World) -> None:
    task = world.analysis_of(await world.post())
    activity = AnalyzeIntervention(world.kit).analyze_intervention
    await asyncio.gather(*(run(activity, task) for _ in range(6)))
    assert await world.count("analyses") == 1
    assert await world.actions() == ["intervention_analyzed"]


class LateAnalyst(ScriptedAnalyst):
    """Answers after the world has gone on without it."""

    def __init__(self, world: World) -> None:
        """Let `world` analyse and open the review meanwhile."""
        super().__init__()
        self._world = world

    async def analyze(self, case: Case) -> Reading:
        """Answer late."""
        task = self._world.analysis_of(case.intervention_id)
        await run(AnalyzeIntervention(self._world.kit).analyze_intervention, task)
        drafted = await self._world.draft(case.intervention_id)
        await self._world.open(await self._world.read(drafted.own[0].proposal_id))
        return nothing_in(case)


def nothing_in(case: Case) -> Reading:
    """Return a reading that finds nothing."""
    finding = builders.finding(Quote(turn=0, text=case.turns[0].text[:10]))
    return Reading(findings=(finding.model_copy(update={"gap": Gap.NONE}),))


async def test_an_attempt_that_comes_late_does_not_turn_the_status_back(world: World) -> None:
    task = world.analysis_of(await world.post())
    late = dataclasses.replace(world.kit, analyst=LateAnalyst(world))
    result = await run(AnalyzeIntervention(late).analyze_intervention, task)
    assert await status(world) == [InterventionStatus.IN_REVIEW]
    assert result.gaps == (Gap.MISSING_KNOWLEDGE,)


async def test_a_quote_that_nobody_wrote_is_refused_and_nothing_kept(world: World) -> None:
    finding = builders.finding(Quote(turn=0, text="refund everyone"))
    world.analyst.reading = lambda _: Reading(findings=(finding,))
    task = world.analysis_of(await world.post())
    error = await failure(AnalyzeIntervention(world.kit).analyze_intervention, task)
    assert (error.type, error.non_retryable) == ("quote_not_found", True)
    assert "refund everyone" not in error.message
    assert await world.count("analyses") == 0


async def test_an_unknown_intervention_is_permanent(world: World) -> None:
    task = world.analysis_of(uuid4())
    error = await failure(AnalyzeIntervention(world.kit).analyze_intervention, task)
    assert (error.type, error.non_retryable) == ("not_found", True)


async def test_while_the_database_is_away_it_is_tried_again(world: World) -> None:
    kit = dataclasses.replace(world.kit, database=AwayDatabase("postgresql://x"))
    task = world.analysis_of(uuid4())
    error = await failure(AnalyzeIntervention(kit).analyze_intervention, task)
    assert (error.type, error.non_retryable) == ("database_unavailable", False)


async def test_the_ask_that_is_kept_holds_no_personal_data(world: World) -> None:
    posted = builders.submission(
        conversation=[
            {"role": "customer", "text": "I am Zoe Quill, zoe.quill@example.com. Where is it?"}
        ]
    )
    intervention_id = await world.analyzed(posted)
    async with world.database.transaction(world.workspace) as connection:
        analysis = await interventions.find_analysis(connection, world.workspace, intervention_id)
    assert analysis is not None
    assert "Quill" not in analysis.ask
    assert "example.com" not in analysis.ask
