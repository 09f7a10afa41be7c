"""Checkups as workflows: daily by a schedule, at once on request, and what comes of them."""

import asyncio
import json
from uuid import UUID, uuid4

from temporalio.client import (
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionStartWorkflow,
    WorkflowExecutionStatus,
)

from activities.checkup_requests import order_quarantine
from domain.base import JsonObject
from domain.change_requests import ChangeRequestKind, ChangeRequestStatus
from domain.knowledge import Change, ItemStatus, Operation
from domain.outcomes import HandledBy
from domain.proposals import Origin, ProposalStatus
from domain.reviews import Verdict
from store import audit, change_requests, outbox, workspaces
from store.outcomes import Used, record_outcome
from tests.workflows.asking import end, item_of, publish
from tests.workflows.conftest import TASK_QUEUE
from tests.workflows.harness import Loop
from tests.workflows.payloads import decoded_payloads
from tests.workflows.scripted import article
from workflows.drift import DriftWorkflow
from workflows.drift_client import ensure_schedules, start_checkup
from workflows.drift_input import DriftResult, schedule_id_of, workflow_id_of_checkup


def queue(loop: Loop) -> str:
    return f"{TASK_QUEUE}-{loop.workspace}"


async def failing(loop: Loop) -> UUID:
    """Publish an article whose answers keep being wrong."""
    item_id = await publish(loop, article("One."))
    async with loop.database.transaction(loop.workspace) as connection:
        for _ in range(9):
            await record_outcome(
                connection,
                loop.workspace,
                text="Where is my lost parcel?",
                handled_by=HandledBy.AGENT,
                items_used=[Used(item_id)],
                correct=False,
            )
    return item_id


async def switch_on(loop: Loop) -> None:
    async with loop.database.transaction(loop.workspace) as connection:
        changed: JsonObject = {"quarantine": "failing_articles"}
        await workspaces.change_settings(connection, loop.workspace, changed)
        await audit.record(
            connection,
            loop.workspace,
            actor="Zebediah",
            action="settings_changed",
            subject=f"workspace/{loop.workspace}",
            details=changed,
        )


async def check(loop: Loop) -> DriftResult:
    """Check the workspace now, and start what comes of it as the API's loop does."""
    client = loop.environment.client
    workflow_id = await start_checkup(client, loop.workspace, task_queue=queue(loop))
    result = await client.get_workflow_handle_for(DriftWorkflow.run, workflow_id).result()
    await loop.delivery.drain()
    return result


async def ordered(loop: Loop, item_id: UUID) -> UUID:
    """Order a quarantine, and note that it lacks a workflow, as the sweeper does; return its id."""
    request_id = uuid4()
    item = await item_of(loop, item_id)
    retirement = Change(
        kind=item.kind,
        operation=Operation.RETIRE,
        item_id=item_id,
        base_revision=item.revision,
        content=item.content,
    )
    async with loop.database.transaction(loop.workspace) as connection:
        await order_quarantine(
            connection,
            loop.workspace,
            request_id,
            item_id,
            retirement,
            reason="It fails.",
            switched_on_by="Zebediah",
        )
        await outbox.enqueue(
            connection,
            loop.workspace,
            outbox.Topic.START,
            dedupe_key=str(request_id),
            payload={"request_id": str(request_id)},
        )
    return request_id


async def origin_of(loop: Loop, kind: ChangeRequestKind) -> Origin:
    """Return the one request of this kind."""
    async with loop.database.transaction(loop.workspace) as connection:
        found = await change_requests.list_requests(connection, loop.workspace)
    [request] = [request for request in found if request.kind is kind]
    return Origin.request(request.id)


async def test_a_failing_item_waits_for_people_and_is_then_retired(loop: Loop) -> None:
    await loop.set_others_aside()
    item_id = await failing(loop)
    assert (await check(loop)).proposed == 1
    origin = await origin_of(loop, ChangeRequestKind.CHECKUP)
    proposal = await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)
    assert (await item_of(loop, item_id)).status is ItemStatus.ACTIVE
    await loop.decide(origin, loop.decision(proposal))
    assert (await end(loop, origin)).status is ChangeRequestStatus.APPLIED
    assert (await item_of(loop, item_id)).status is ItemStatus.RETIRED


async def test_without_the_policy_nothing_is_taken_out(loop: Loop) -> None:
    item_id = await failing(loop)
    assert (await check(loop)).quarantined == 0
    assert (await item_of(loop, item_id)).status is ItemStatus.ACTIVE


async def test_a_quarantined_article_comes_back_when_people_say_so(loop: Loop) -> None:
    await loop.set_others_aside()
    await switch_on(loop)
    item_id = await failing(loop)
    assert (await check(loop)).quarantined == 1
    assert (await item_of(loop, item_id)).status is ItemStatus.RETIRED
    origin = await origin_of(loop, ChangeRequestKind.RESTORE)
    proposal = await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)
    await loop.decide(origin, loop.decision(proposal))
    assert (await end(loop, origin)).status is ChangeRequestStatus.APPLIED
    assert (await item_of(loop, item_id)).status is ItemStatus.ACTIVE


async def test_a_quarantined_article_stays_out_when_people_reject_it(loop: Loop) -> None:
    await loop.set_others_aside()
    await switch_on(loop)
    item_id = await failing(loop)
    await check(loop)
    origin = await origin_of(loop, ChangeRequestKind.RESTORE)
    proposal = await loop.proposal_in(origin, ProposalStatus.IN_REVIEW)
    await loop.decide(origin, loop.decision(proposal, Verdict.REJECT))
    assert (await end(loop, origin)).status is ChangeRequestStatus.DECLINED
    assert (await item_of(loop, item_id)).status is ItemStatus.RETIRED


async def test_an_order_whose_checkup_was_lost_is_carried_out_and_asked_about(loop: Loop) -> None:
    await loop.set_others_aside()
    await switch_on(loop)
    item_id = await failing(loop)
    order = Origin.request(await ordered(loop, item_id))
    await loop.delivery.drain()
    assert (await end(loop, order)).status is ChangeRequestStatus.APPLIED
    assert (await item_of(loop, item_id)).status is ItemStatus.RETIRED
    await loop.delivery.drain()
    asked = await origin_of(loop, ChangeRequestKind.RESTORE)
    proposal = await loop.proposal_in(asked, ProposalStatus.IN_REVIEW)
    assert proposal.change.item_id == item_id


async def test_the_history_holds_ids_and_counts_only(loop: Loop) -> None:
    await switch_on(loop)
    await failing(loop)
    await check(loop)
    handle = loop.environment.client.get_workflow_handle(workflow_id_of_checkup(loop.workspace))
    history = (await handle.fetch_history()).to_json()
    readable = history + decoded_payloads(json.loads(history))
    assert "force_changes" in readable
    assert "propose_return" not in readable
    # No name of hexadecimal digits: an id may begin with it.
    assert [word for word in ('"One.', "lost parcel", "Zebediah") if word in readable] == []


async def test_each_workspace_is_scheduled_once_and_daily(loop: Loop) -> None:
    client = loop.environment.client
    names = [loop.workspace]
    assert await ensure_schedules(client, names, task_queue=queue(loop)) == names
    assert await ensure_schedules(client, names, task_queue=queue(loop)) == []
    described = await client.get_schedule_handle(schedule_id_of(loop.workspace)).describe()
    action = described.schedule.action
    assert isinstance(action, ScheduleActionStartWorkflow)
    assert action.workflow == "DriftWorkflow"
    times = described.info.next_action_times
    assert (times[1] - times[0]).total_seconds() < 30 * 3600
    await client.get_schedule_handle(schedule_id_of(loop.workspace)).delete()


async def test_a_schedule_that_somebody_paused_stays_paused(loop: Loop) -> None:
    client = loop.environment.client
    await ensure_schedules(client, [loop.workspace], task_queue=queue(loop))
    handle = client.get_schedule_handle(schedule_id_of(loop.workspace))
    await handle.pause()
    await ensure_schedules(client, [loop.workspace], task_queue=queue(loop))
    assert (await handle.describe()).schedule.state.paused
    await handle.delete()


async def test_the_schedule_checks_the_workspace(loop: Loop) -> None:
    client = loop.environment.client
    await failing(loop)
    await ensure_schedules(client, [loop.workspace], task_queue=queue(loop))
    handle = client.get_schedule_handle(schedule_id_of(loop.workspace))
    await handle.trigger()

    started: list[ScheduleActionExecutionStartWorkflow] = []
    async with asyncio.timeout(60):
        while not started:
            info = (await handle.describe()).info
            actions = [*info.running_actions, *(result.action for result in info.recent_actions)]
            started = [a for a in actions if isinstance(a, ScheduleActionExecutionStartWorkflow)]
    workflow = client.get_workflow_handle_for(DriftWorkflow.run, started[0].workflow_id)
    assert (await workflow.result()).proposed == 1
    assert (await workflow.describe()).status is WorkflowExecutionStatus.COMPLETED
    await handle.delete()
