"""Reading interventions in batches, against a local server that speaks the Message Batches API."""

import dataclasses
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from uuid import UUID

import pytest

from activities.analyze_intervention import AnalyzeIntervention
from activities.collect_batch import CollectBatch, CollectBatchInput, CollectBatchResult
from activities.kit import Kit
from activities.submit_batch import SubmitBatch, SubmitBatchInput, SubmitBatchResult
from analysis.claude import ClaudeAnalyst
from analysis.claude_batches import ClaudeBatchAnalyst
from domain.findings import Gap
from gateways.claude_batches import ClaudeBatches
from store import batch_readings, interventions, model_usage, workspaces
from tests.activities.world import World, failure, run
from tests.fakes.claude import client_for
from tests.fakes.messages_api import MessagesApi, error

COST_OF_ONE = "0.0040"
"""1,000 tokens in and 200 out of Sonnet 5.5: 0.002 and 0.002 dollars."""


@pytest.fixture
async def api() -> AsyncGenerator[MessagesApi]:
    async with MessagesApi() as server:
        yield server


@pytest.fixture
async def batching(world: World, api: MessagesApi) -> AsyncGenerator[World]:
    """A world whose worker reads in batches."""
    async with client_for(api) as client:
        batches = ClaudeBatchAnalyst(ClaudeAnalyst(client), ClaudeBatches(client))
        kit: Kit = dataclasses.replace(world.kit, batches=batches)
        yield World(kit, world.workspace)


async def waiting(world: World, count: int) -> list[UUID]:
    """Return interventions that wait for a batch."""
    ids = [await world.post() for _ in range(count)]
    async with world.database.transaction(world.workspace) as connection:
        for intervention_id in ids:
            await batch_readings.await_batch(connection, world.workspace, intervention_id)
    return ids


async def submit(world: World) -> SubmitBatchResult:
    task = SubmitBatchInput(workspace=world.workspace)
    return await run(SubmitBatch(world.kit).submit_batch, task)


async def collect(world: World, batch_id: str) -> CollectBatchResult:
    task = CollectBatchInput(workspace=world.workspace, batch_id=batch_id)
    return await run(CollectBatch(world.kit).collect_batch, task)


async def statuses(world: World) -> dict[UUID, str]:
    rows = await world.execute(
        "SELECT intervention_id, status FROM batch_readings WHERE workspace = %s", world.workspace
    )
    return {row["intervention_id"]: row["status"] for row in rows}


async def started(world: World) -> set[str]:
    rows = await world.execute(
        "SELECT dedupe_key FROM outbox WHERE workspace = %s AND topic = 'start'", world.workspace
    )
    return {row["dedupe_key"] for row in rows}


async def test_what_waits_goes_into_one_batch(batching: World, api: MessagesApi) -> None:
    ids = await waiting(batching, 3)
    result = await submit(batching)
    [(batch_id, requests)] = api.batches.requests.items()
    assert result.open_batches == (batch_id,)
    assert result.waiting == 0
    assert {request["custom_id"] for request in requests} == {str(id_) for id_ in ids}
    [params] = {str(sorted(request["params"])) for request in requests}
    assert params == "['max_tokens', 'messages', 'model', 'output_config', 'system']"
    assert (await submit(batching)).open_batches == (batch_id,)
    assert len(api.batches.requests) == 1
    assert await started(batching) == set()


async def test_a_batch_under_way_is_left_to_go_on(batching: World) -> None:
    await waiting(batching, 1)
    [batch_id] = (await submit(batching)).open_batches
    assert not (await collect(batching, batch_id)).ended
    assert await batching.count("analyses") == 0


async def test_what_a_batch_brings_is_stored_as_if_it_were_read_alone(
    batching: World, api: MessagesApi
) -> None:
    ids = await waiting(batching, 2)
    [batch_id] = (await submit(batching)).open_batches
    api.batches.end()
    assert (await collect(batching, batch_id)).ended
    assert set((await statuses(batching)).values()) == {"read"}
    assert await started(batching) == {str(id_) for id_ in ids}
    assert api.batches.deleted == [batch_id]
    batching.analyst.reading = lambda _: pytest.fail("asked again")
    for intervention_id in ids:
        read = await run(
            AnalyzeIntervention(batching.kit).analyze_intervention,
            batching.analysis_of(intervention_id),
        )
        assert read.gaps == (Gap.MISSING_KNOWLEDGE,)
    async with batching.database.transaction(batching.workspace) as connection:
        stored = await interventions.find_analysis(connection, batching.workspace, ids[0])
    assert stored is not None
    assert stored.analyst.name == "claude"


async def test_it_costs_half(batching: World, api: MessagesApi) -> None:
    await waiting(batching, 1)
    [batch_id] = (await submit(batching)).open_batches
    api.batches.end()
    await collect(batching, batch_id)
    [row] = await batching.execute(
        "SELECT tier, purpose, outcome, input_tokens, cost_usd * 2 AS twice FROM model_usage"
        " WHERE workspace = %s",
        batching.workspace,
    )
    assert (row["tier"], row["purpose"], row["outcome"]) == ("batch", "analyze", "ok")
    assert row["input_tokens"] == 1_000
    assert str(row["twice"]) == COST_OF_ONE


@pytest.mark.parametrize("fate", ["errored", "canceled", "expired", "made up", "no schema"])
async def test_what_cannot_be_used_is_read_by_itself(
    batching: World, api: MessagesApi, fate: str
) -> None:
    good, bad = await waiting(batching, 2)
    quote = {"turn": 0, "text": "words that nobody said"}
    finding = {
        **{"gap": "none", "summary": "-", "agent_did": "", "human_did": "", "item": ""},
        **{"quotes": [quote], "confidence": 0.9},
    }
    match fate:
        case "made up":
            api.batches.outputs[str(bad)] = {"findings": [finding]}
        case "no schema":
            api.batches.outputs[str(bad)] = "Sorry!"
        case _:
            api.batches.fates[str(bad)] = fate
    [batch_id] = (await submit(batching)).open_batches
    api.batches.end()
    assert (await collect(batching, batch_id)).ended
    assert await statuses(batching) == {good: "read", bad: "fell_back"}
    assert await started(batching) == {str(good), str(bad)}
    outcomes = await batching.execute(
        "SELECT outcome FROM model_usage WHERE workspace = %s AND intervention_id = %s",
        batching.workspace,
        bad,
    )
    paid = fate in {"made up", "no schema"}
    assert [row["outcome"] for row in outcomes] == ["invalid" if paid else "failed"]


async def test_a_second_attempt_stores_nothing_twice(batching: World, api: MessagesApi) -> None:
    await waiting(batching, 2)
    [batch_id] = (await submit(batching)).open_batches
    api.batches.end()
    api.script()
    task = CollectBatchInput(workspace=batching.workspace, batch_id=batch_id)
    # The batch is asked for twice, then its lines; the last call, its deletion, fails.
    api.batches.requests[batch_id].append({"custom_id": "0" * 8, "params": {}})
    await failure(CollectBatch(batching.kit).collect_batch, task)
    del api.batches.requests[batch_id][-1]
    assert (await collect(batching, batch_id)).ended
    assert await batching.count("analyses") == 2
    assert await batching.count("model_usage") == 2


async def test_a_batch_that_could_not_be_deleted_is_deleted_by_the_next_attempt(
    batching: World, api: MessagesApi
) -> None:
    await waiting(batching, 1)
    [batch_id] = (await submit(batching)).open_batches
    api.batches.end()
    api.batches.cannot_delete = True
    task = CollectBatchInput(workspace=batching.workspace, batch_id=batch_id)
    await failure(CollectBatch(batching.kit).collect_batch, task)
    assert await batching.count("analyses") == 1
    api.batches.cannot_delete = False
    assert (await collect(batching, batch_id)).ended
    assert api.batches.deleted == [batch_id]


async def test_a_batch_that_the_service_does_not_know_is_given_up(
    batching: World, api: MessagesApi
) -> None:
    [intervention_id] = await waiting(batching, 1)
    [batch_id] = (await submit(batching)).open_batches
    api.batches.requests.clear()
    assert (await collect(batching, batch_id)).ended
    assert await statuses(batching) == {intervention_id: "fell_back"}
    assert await started(batching) == {str(intervention_id)}


async def test_a_rejected_batch_leaves_each_to_itself(batching: World, api: MessagesApi) -> None:
    [intervention_id] = await waiting(batching, 1)
    api.script(error(401, "authentication_error"))
    assert (await submit(batching)).open_batches == ()
    assert await statuses(batching) == {intervention_id: "fell_back"}


async def test_a_service_that_is_away_is_tried_again(batching: World, api: MessagesApi) -> None:
    [intervention_id] = await waiting(batching, 1)
    api.script(error(529, "overloaded_error"))
    task = SubmitBatchInput(workspace=batching.workspace)
    told = await failure(SubmitBatch(batching.kit).submit_batch, task)
    assert not told.non_retryable
    assert await statuses(batching) == {intervention_id: "waiting"}


async def test_an_analyst_without_batches_reads_each_by_itself(world: World) -> None:
    [intervention_id] = await waiting(world, 1)
    result = await submit(world)
    assert (result.open_batches, result.waiting) == ((), 0)
    assert await started(world) == {str(intervention_id)}


async def test_a_batch_is_no_larger_than_the_budget(batching: World, api: MessagesApi) -> None:
    ids = await waiting(batching, 4)
    async with batching.database.transaction(batching.workspace) as connection:
        await workspaces.change_settings(connection, batching.workspace, {"daily_tokens": 9_500})
    first = await submit(batching)
    # What is left is less than one case: that one is the whole overshoot.
    second = await submit(batching)
    assert [len(requests) for requests in api.batches.requests.values()] == [2, 1]
    assert (first.waiting, first.budget_in) == (2, None)
    assert second.waiting == 1
    assert second.budget_in is not None
    assert (await statuses(batching))[ids[3]] == "waiting"


async def test_a_batch_that_has_ended_gives_back_what_it_did_not_use(
    batching: World, api: MessagesApi
) -> None:
    await waiting(batching, 2)
    async with batching.database.transaction(batching.workspace) as connection:
        await workspaces.change_settings(connection, batching.workspace, {"daily_tokens": 9_500})
    [batch_id] = (await submit(batching)).open_batches
    api.batches.end()
    await collect(batching, batch_id)
    async with batching.database.transaction(batching.workspace) as connection:
        count = await model_usage.count_tokens(connection, batching.workspace, datetime.now(UTC))
    assert (count.used, count.reserved) == (2_400, 0)


async def test_of_an_erased_customer_nothing_is_sent_or_stored(
    batching: World, api: MessagesApi
) -> None:
    before, after = await waiting(batching, 2)
    erase = "UPDATE interventions SET erased_at = now() WHERE id = %s"
    await batching.execute(erase, before)
    [batch_id] = (await submit(batching)).open_batches
    [requests] = api.batches.requests.values()
    assert [request["custom_id"] for request in requests] == [str(after)]
    await batching.execute(erase, after)
    api.batches.end()
    await collect(batching, batch_id)
    assert await batching.count("analyses") == 0
    assert await started(batching) == {str(before), str(after)}
