"""One checkup on real Postgres: what it finds, what it asks, and when it is quiet."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.checkups import ASKED_BY, MAX_PROPOSED, DriftCause, DriftHandling
from domain.item_health import HealthState
from domain.knowledge import ItemStatus, Operation
from domain.outcomes import HandledBy
from domain.proposals import ProposalStatus
from store import checkups
from tests.activities.drifting import Drift, article
from tests.api.rows import revising


async def test_what_fares_well_is_left_alone(drift: Drift) -> None:
    item_id = await drift.item()
    await drift.answers(item_id, 3, correct=True)
    result = await drift.check()
    assert (result.examined, result.found, result.proposed) == (1, 0, 0)
    assert await drift.health(item_id) is HealthState.HEALTHY


async def test_a_failing_item_is_proposed_to_be_retired_with_the_figures(drift: Drift) -> None:
    item_id = await drift.item()
    await drift.answers(item_id, 4, correct=False)
    await drift.check()
    assert await drift.found() == [(item_id, DriftCause.FAILING, DriftHandling.PROPOSED)]
    [proposal] = await drift.proposals()
    assert proposal.change.operation is Operation.RETIRE
    assert proposal.status is ProposalStatus.DRAFTING
    assert "4 were wrong or needed a human after all" in proposal.rationale
    assert proposal.drafted_by == ASKED_BY
    assert await drift.status(item_id) is ItemStatus.ACTIVE


async def test_its_workflow_is_noted_to_start(drift: Drift) -> None:
    item_id = await drift.item()
    await drift.answers(item_id, 4, correct=False)
    await drift.check()
    [entry] = await drift.world.execute(
        "SELECT topic, payload FROM outbox WHERE workspace = %s", drift.world.workspace
    )
    [finding] = await drift.findings()
    assert entry == {"topic": "start", "payload": {"request_id": str(finding.request_id)}}


@pytest.mark.parametrize(
    ("correct", "by", "days", "known"),
    [
        (None, HandledBy.AGENT, 1, (0, 0, 1)),
        (None, HandledBy.AGENT, 4, (1, 0, 0)),
        (True, HandledBy.AGENT, 0, (1, 0, 0)),
        (False, HandledBy.AGENT, 0, (0, 1, 0)),
        (None, HandledBy.HUMAN, 4, (0, 0, 0)),
    ],
    ids=["too recent to tell", "stayed answered", "called right", "called wrong", "handed off"],
)
async def test_what_became_of_an_answer(
    drift: Drift, correct: bool | None, by: HandledBy, days: int, known: tuple[int, int, int]
) -> None:
    item_id = await drift.item()
    await drift.answers(item_id, 1, correct=correct, by=by, days=days)
    async with drift.world.database.transaction(drift.world.workspace) as connection:
        [found] = await checkups.list_track_records(
            connection, drift.world.workspace, now=datetime.now(UTC)
        )
    record = found.record
    assert (record.stayed, record.failed, record.pending) == known
    assert record.last_used_at is not None


async def test_an_answer_that_an_intervention_followed_has_failed(drift: Drift) -> None:
    item_id = await drift.item()
    await drift.answers(item_id, 1, correct=True, days=4)
    intervention_id = await drift.world.post()
    await drift.world.execute(
        "INSERT INTO outcome_verdicts (workspace, outcome_id, intervention_id, guess_right)"
        " SELECT workspace, id, %s, true FROM outcomes WHERE workspace = %s",
        intervention_id,
        drift.world.workspace,
    )
    async with drift.world.database.transaction(drift.world.workspace) as connection:
        [found] = await checkups.list_track_records(
            connection, drift.world.workspace, now=datetime.now(UTC)
        )
    assert (found.record.stayed, found.record.failed) == (0, 1)


async def test_only_the_present_revision_counts(drift: Drift) -> None:
    item_id = await drift.item()
    await drift.answers(item_id, 9, correct=False)
    await drift.rows.item(revising(item_id, "Mended."))
    assert (await drift.check()).found == 0


async def test_what_is_never_used_is_found_once_others_of_its_kind_are(drift: Drift) -> None:
    unused, used = await drift.item(days=200), await drift.item(days=200)
    await drift.answers(used, 19, correct=True)
    assert (await drift.check()).found == 0
    await drift.answers(used, 1, correct=True)
    await drift.check()
    assert await drift.found() == [(unused, DriftCause.UNUSED, DriftHandling.PROPOSED)]


async def test_a_newer_item_contradicts_the_older_one(drift: Drift) -> None:
    older = await drift.item(article("Refunds take 5 days.", title="Refunds"), days=9)
    newer = await drift.item(article("Refunds take 10 days.", title="Refunds"))
    await drift.check()
    assert await drift.found() == [(older, DriftCause.CONTRADICTED, DriftHandling.PROPOSED)]
    [finding] = await drift.findings()
    assert finding.other_id == newer
    assert await drift.health(older) is HealthState.CONTRADICTED
    assert await drift.health(newer) is HealthState.HEALTHY


async def test_what_is_under_change_is_not_asked_about(drift: Drift) -> None:
    item_id = await drift.item()
    await drift.answers(item_id, 4, correct=False)
    await drift.check()
    assert (await drift.check()).proposed == 0
    assert await drift.found() == [(item_id, DriftCause.FAILING, DriftHandling.ALREADY_OPEN)]
    [finding] = await drift.findings()
    assert finding.proposal_id is not None


async def test_what_people_have_declined_is_quiet_until_there_is_twice_the_evidence(
    drift: Drift,
) -> None:
    item_id = await drift.item()
    await drift.answers(item_id, 4, correct=False)
    await drift.check()
    await drift.reject()
    await drift.answers(item_id, 3, correct=False)
    assert (await drift.check()).proposed == 0
    assert await drift.found() == [(item_id, DriftCause.FAILING, DriftHandling.DECLINED_BEFORE)]
    await drift.answers(item_id, 1, correct=False)
    # A request that has ended does not stand in the way: its workflow records the end.
    await drift.world.execute(
        "UPDATE change_requests SET status = 'declined' WHERE workspace = %s",
        drift.world.workspace,
    )
    assert (await drift.check()).proposed == 1


async def test_one_run_proposes_few_and_the_worst_first(drift: Drift) -> None:
    worst = await drift.item()
    await drift.answers(worst, 6, correct=False)
    for _ in range(MAX_PROPOSED):
        await drift.answers(await drift.item(), 4, correct=False)
    assert (await drift.check()).proposed == MAX_PROPOSED
    found = await drift.found()
    assert found[0][0] == worst
    assert [handling for _, _, handling in found].count(DriftHandling.NEXT_TIME) == 1


async def test_an_unused_item_is_idle_since_its_last_use(drift: Drift) -> None:
    item_id = await drift.item(days=400)
    await drift.answers(item_id, 20, correct=True, days=100)
    assert await drift.health(item_id) is HealthState.HEALTHY
    await drift.world.execute(
        "UPDATE outcomes SET created_at = created_at - %s WHERE workspace = %s",
        timedelta(days=100),
        drift.world.workspace,
    )
    assert await drift.health(item_id) is HealthState.UNUSED
