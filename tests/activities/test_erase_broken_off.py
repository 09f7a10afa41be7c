"""Erasures that break off, in a real database."""

from collections.abc import AsyncGenerator

import pytest

from activities.analyze_intervention import AnalyzeIntervention
from activities.erase_customer import EraseCustomer
from store import erasing, erasures, interventions
from store.database import Connection
from tests.activities.customer import (
    SECRETS,
    applied,
    asked,
    erase,
    held,
    of_customer,
    proposal_of,
    record,
    task_of,
)
from tests.activities.world import World, failure, run


async def test_one_that_breaks_off_leaves_all_as_it_was_and_begins_anew(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await applied(world, await proposal_of(world, of_customer()))
    erasure = await asked(world)
    with monkeypatch.context() as patch:
        patch.setattr(erasures, "finish_erasure", None)
        await failure(EraseCustomer(world.kit).erase_customer, task_of(world, erasure))
    assert held(await record(world)) == list(SECRETS)

    await erase(world, erasure)

    assert held(await record(world)) == []


async def test_one_that_breaks_off_leaves_no_cursor_open(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await applied(world, await proposal_of(world, of_customer()))
    erasure = await asked(world)
    ended: list[str] = []

    async def rows() -> AsyncGenerator[None]:
        try:
            yield
        finally:
            ended.append("revisions")

    def read(connection: Connection, workspace: str) -> AsyncGenerator[None]:
        return reading

    reading = rows()  # Held here, so that nothing else closes it.
    monkeypatch.setattr(erasing, "each_revision", read)
    await failure(EraseCustomer(world.kit).erase_customer, task_of(world, erasure))

    assert ended == ["revisions"]


async def test_once_it_has_begun_no_step_reads_or_writes_the_text(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was read in between could be written down when all else is gone."""
    intervention_id = await world.post(of_customer())
    erasure = await asked(world)
    monkeypatch.setattr(erasures, "finish_erasure", None)
    await failure(EraseCustomer(world.kit).erase_customer, task_of(world, erasure))

    analysis = world.analysis_of(intervention_id)
    result = await run(AnalyzeIntervention(world.kit).analyze_intervention, analysis)

    assert result.gaps == ()
    async with world.database.transaction(world.workspace) as connection:
        found = await interventions.get_intervention(connection, world.workspace, intervention_id)
    assert held(found.submission.model_dump_json().lower()) == []
