"""The quarantine of failing articles on real Postgres: when, in whose name, and what is asked."""

import json
from uuid import UUID, uuid4

import pytest

from activities.find_drift import FindDrift, FindDriftInput
from activities.force_changes import ForceChanges, ForceInput
from activities.propose_return import ProposeReturn, ProposeReturnInput
from domain.change_requests import ChangeRequestKind, ChangeRequestMode
from domain.checkups import DriftCause, DriftHandling
from domain.item_health import HealthState
from domain.knowledge import ItemKind, ItemStatus, Operation
from domain.proposals import ProposalStatus
from domain.reviews import Verdict
from store import change_requests
from tests.activities.drifting import Drift
from tests.activities.world import failure, run
from tests.api.rows import adding, revising


async def test_a_run_that_is_tried_again_changes_nothing(drift: Drift) -> None:
    await drift.switch("failing_articles")
    await drift.answers(await drift.item(), 6, correct=False)
    task = FindDriftInput(workspace=drift.world.workspace, checkup_id=uuid4())
    once = await run(FindDrift(drift.world.kit).find_drift, task)
    again = await run(FindDrift(drift.world.kit).find_drift, task)
    assert once == again
    assert len(once.quarantined) == 1
    assert await drift.world.count("change_requests") == 1


async def test_nothing_is_quarantined_while_the_policy_is_off(drift: Drift) -> None:
    item_id = await drift.item()
    await drift.answers(item_id, 9, correct=False)
    assert (await drift.check()).quarantined == ()
    await drift.switch("failing_articles")
    await drift.switch("off")
    assert (await drift.check()).quarantined == ()
    assert await drift.status(item_id) is ItemStatus.ACTIVE


async def test_without_a_name_in_the_audit_there_is_no_policy(drift: Drift) -> None:
    await drift.world.execute(
        "UPDATE workspaces SET settings = %s WHERE id = %s",
        json.dumps({"quarantine": "failing_articles"}),
        drift.world.workspace,
    )
    await drift.answers(await drift.item(), 9, correct=False)
    assert (await drift.check()).quarantined == ()


@pytest.mark.parametrize("kind", [ItemKind.POLICY, ItemKind.TOOL_CONNECTION])
async def test_only_articles_are_quarantined(drift: Drift, kind: ItemKind) -> None:
    await drift.switch("failing_articles")
    item_id = await drift.item(adding(kind=kind))
    await drift.answers(item_id, 9, correct=False)
    assert (await drift.check()).quarantined == ()
    assert await drift.found() == [(item_id, DriftCause.FAILING, DriftHandling.PROPOSED)]


async def quarantined(drift: Drift) -> tuple[UUID, UUID]:
    """Order the quarantine of a failing article; return it and the request."""
    await drift.switch("failing_articles", by="ada")
    item_id = await drift.item()
    await drift.answers(item_id, 9, correct=False)
    [ordered] = (await drift.check()).quarantined
    return item_id, ordered.request_id


async def test_a_quarantine_takes_the_article_out_and_names_the_administrator(
    drift: Drift,
) -> None:
    item_id, request_id = await quarantined(drift)
    world = drift.world
    assert await drift.force(request_id) == 1
    assert await drift.status(item_id) is ItemStatus.RETIRED
    assert await drift.health(item_id) is HealthState.QUARANTINED
    async with world.database.transaction(world.workspace) as connection:
        request = await change_requests.get_request(connection, world.workspace, request_id)
    assert (request.kind, request.mode) == (ChangeRequestKind.QUARANTINE, ChangeRequestMode.FORCED)
    assert "The quarantine policy that ada switched on" in request.reason
    (actor, details), _ = await drift.audit("change_requested")
    assert (actor, details["switched_on_by"]) == ("quarantine policy of ada", "ada")
    assert [by for by, _ in await drift.audit("change_forced")] == ["quarantine policy of ada"]


async def test_a_policy_that_is_switched_off_meanwhile_takes_nothing_out(drift: Drift) -> None:
    item_id, request_id = await quarantined(drift)
    await drift.switch("off")
    task = ForceInput(workspace=drift.world.workspace, request_id=request_id)
    refused = await failure(ForceChanges(drift.world.kit).force_changes, task)
    assert refused.type == "not_approved"
    assert await drift.status(item_id) is ItemStatus.ACTIVE


def returning(drift: Drift, item_id: UUID, request_id: UUID) -> ProposeReturnInput:
    return ProposeReturnInput(
        workspace=drift.world.workspace, request_id=request_id, item_id=item_id
    )


async def test_what_takes_it_out_asks_people_once_whether_it_comes_back(drift: Drift) -> None:
    item_id, request_id = await quarantined(drift)
    assert await drift.force(request_id) == 1
    assert await drift.force(request_id) == 1
    propose_return = ProposeReturn(drift.world.kit).propose_return
    await run(propose_return, returning(drift, item_id, request_id))
    [proposal] = await drift.proposals()
    assert (proposal.change.operation, proposal.change.base_revision) == (Operation.REVISE, 2)
    assert "Approve to bring it back" in proposal.rationale
    assert await drift.requests(ChangeRequestKind.RESTORE) == [proposal.request_id]
    await drift.approve(proposal)
    assert await drift.status(item_id) is ItemStatus.ACTIVE
    assert await drift.health(item_id) is HealthState.HEALTHY
    assert (await drift.check()).quarantined == ()


async def test_what_an_older_worker_has_taken_out_is_asked_about_by_its_checkup(
    drift: Drift,
) -> None:
    item_id, request_id = await quarantined(drift)
    gone = revising(item_id, "Gone.").model_copy(update={"operation": Operation.RETIRE})
    await drift.rows.item(gone)
    propose_return = ProposeReturn(drift.world.kit).propose_return
    await run(propose_return, returning(drift, item_id, request_id))
    await run(propose_return, returning(drift, item_id, request_id))
    [proposal] = await drift.proposals()
    assert proposal.title.startswith("Bring back")


async def test_people_are_asked_also_where_its_retirement_is_in_review(drift: Drift) -> None:
    await drift.switch("failing_articles")
    item_id = await drift.item()
    await drift.answers(item_id, 3, correct=False)
    assert (await drift.check()).proposed == 1
    [retirement] = await drift.proposals()
    await drift.world.open(retirement)
    await drift.answers(item_id, 2, correct=False)
    [ordered] = (await drift.check()).quarantined
    await drift.force(ordered.request_id)
    assert await drift.status(item_id) is ItemStatus.RETIRED

    decision = await drift.world.write(retirement, verdict=Verdict.REJECT)
    await drift.world.settle(decision)
    [proposal] = await drift.proposals()
    assert proposal.status is ProposalStatus.DRAFTING
    await drift.approve(proposal)
    assert await drift.status(item_id) is ItemStatus.ACTIVE


async def test_an_article_that_a_proposal_may_mend_is_left_in(drift: Drift) -> None:
    await drift.switch("failing_articles")
    item_id = await drift.item()
    await drift.answers(item_id, 9, correct=False)
    fix = await drift.world.in_review(revising(item_id, "Refunds take 10 days."))
    assert (await drift.check()).quarantined == ()
    assert await drift.found() == [(item_id, DriftCause.FAILING, DriftHandling.SPARED)]
    assert (await drift.approve(fix)).status is ProposalStatus.APPLIED
    assert await drift.status(item_id) is ItemStatus.ACTIVE


async def test_a_proposal_that_comes_before_the_order_is_carried_out_keeps_it_in(
    drift: Drift,
) -> None:
    item_id, request_id = await quarantined(drift)
    await drift.world.in_review(revising(item_id, "Refunds take 10 days."))
    task = ForceInput(workspace=drift.world.workspace, request_id=request_id)
    refused = await failure(ForceChanges(drift.world.kit).force_changes, task)
    assert refused.type == "not_approved"
    assert await drift.status(item_id) is ItemStatus.ACTIVE


async def test_an_order_that_waits_is_not_given_again(drift: Drift) -> None:
    item_id, request_id = await quarantined(drift)
    assert (await drift.check()).quarantined == ()
    assert await drift.found() == [(item_id, DriftCause.FAILING, DriftHandling.QUARANTINED)]
    await drift.force(request_id)
    assert await drift.health(item_id) is HealthState.QUARANTINED


async def test_what_is_in_quarantine_stays_in_sight_until_somebody_has_decided(
    drift: Drift,
) -> None:
    item_id, request_id = await quarantined(drift)
    await drift.force(request_id)
    assert (await drift.check()).found == 0
    assert await drift.found() == [(item_id, DriftCause.FAILING, DriftHandling.QUARANTINED)]


async def test_an_article_that_is_not_out_is_not_asked_about(drift: Drift) -> None:
    item_id, request_id = await quarantined(drift)
    await run(ProposeReturn(drift.world.kit).propose_return, returning(drift, item_id, request_id))
    assert await drift.world.count("proposals") == 0
