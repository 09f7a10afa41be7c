"""One checkup on real Postgres: what it finds, what it asks, and when it is quiet."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from activities.find_drift import FindDrift, FindDriftInput, FindDriftResult
from activities.force_changes import ForceChanges, ForceInput
from activities.propose_return import ProposeReturn, ProposeReturnInput
from domain.change_requests import ChangeRequestKind, ChangeRequestMode
from domain.checkups import ASKED_BY, MAX_PROPOSED, DriftCause, DriftHandling
from domain.item_health import HealthState
from domain.knowledge import ArticleContent, Change, ItemKind, ItemStatus, Operation
from domain.outcomes import HandledBy
from domain.proposals import Proposal, ProposalStatus
from domain.reviews import Verdict
from store import audit as audit_log
from store import change_requests, checkups, knowledge, workspaces
from store.checkups import ListedFinding
from store.outcomes import Used, record_outcome
from tests.activities.world import World, failure, run
from tests.api.rows import Rows, adding, revising

_LETTERS = str.maketrans("0123456789", "ghijklmnop")
"""Of a random number a word, which looks like nobody's id."""


def article(answer: str, *, asked: str = "How long do refunds take?", title: str = "") -> Change:
    text = ArticleContent(title=title or answer[:20], question=asked, answer=answer)
    return Change(kind=ItemKind.ARTICLE, operation=Operation.ADD, content=text)


class Drift:
    """A workspace whose knowledge is checked."""

    def __init__(self, world: World) -> None:
        """Write into the world's workspace."""
        self.world = world
        self.rows = Rows(world.database, world.workspace)

    async def item(self, change: Change | None = None, *, days: int = 0) -> UUID:
        """Publish an item that says what it says since so many days."""
        unlike = uuid4().hex.translate(_LETTERS)
        item_id, _ = await self.rows.item(change or article(unlike, asked=f"{unlike} asked?"))
        if days:
            await self.world.execute(
                "ALTER TABLE revisions DISABLE TRIGGER revisions_are_immutable;"
                f"UPDATE revisions SET created_at = now() - interval '{days} days'"
                f" WHERE item_id = '{item_id}';"
                "ALTER TABLE revisions ENABLE TRIGGER revisions_are_immutable"
            )
        return item_id

    async def answers(
        self,
        item_id: UUID,
        number: int,
        *,
        correct: bool | None = None,
        by: HandledBy = HandledBy.AGENT,
        days: int = 0,
    ) -> None:
        """Let so many answers rest on an item's head."""
        for _ in range(number):
            async with self.world.database.transaction(self.world.workspace) as connection:
                outcome = await record_outcome(
                    connection,
                    self.world.workspace,
                    text="How long?",
                    handled_by=by,
                    items_used=[Used(item_id)],
                    correct=correct,
                )
            await self.world.execute(
                "UPDATE outcomes SET created_at = now() - %s * interval '1 day' WHERE id = %s",
                days,
                outcome.id,
            )

    async def check(self) -> FindDriftResult:
        """Run a checkup."""
        task = FindDriftInput(workspace=self.world.workspace, checkup_id=uuid4())
        return await run(FindDrift(self.world.kit).find_drift, task)

    async def findings(self) -> list[ListedFinding]:
        """Return what the last run has found."""
        async with self.world.database.transaction(self.world.workspace) as connection:
            newest = await checkups.find_checkup(connection, self.world.workspace)
            assert newest is not None
            return await checkups.list_findings(connection, self.world.workspace, newest.id)

    async def found(self) -> list[tuple[UUID, DriftCause, DriftHandling]]:
        return [(f.item_id, f.cause, f.handling) for f in await self.findings()]

    async def proposals(self) -> list[Proposal]:
        """Return the proposals of the last run's findings, request by request."""
        found: list[Proposal] = []
        async with self.world.database.transaction(self.world.workspace) as connection:
            for finding in await self.findings():
                if finding.request_id is not None:
                    found += await change_requests.list_proposals(
                        connection, self.world.workspace, finding.request_id
                    )
        return found

    async def health(self, item_id: UUID) -> HealthState:
        async with self.world.database.transaction(self.world.workspace) as connection:
            health = await checkups.read_health(
                connection, self.world.workspace, item_id, now=datetime.now(UTC)
            )
        assert health is not None
        return health.state

    async def status(self, item_id: UUID) -> ItemStatus:
        async with self.world.database.transaction(self.world.workspace) as connection:
            item = await knowledge.get_item(connection, self.world.workspace, item_id)
        return item.status

    async def reject(self) -> None:
        """Let people say no to all that is open."""
        for proposal in await self.proposals():
            await self.world.open(proposal)
            decision = await self.world.write(proposal, verdict=Verdict.REJECT)
            await self.world.settle(decision)

    async def switch(self, quarantine: str, by: str = "ada") -> None:
        """Set the quarantine policy, as an administrator does."""
        workspace = self.world.workspace
        async with self.world.database.transaction(workspace) as connection:
            await workspaces.change_settings(connection, workspace, {"quarantine": quarantine})
            await audit_log.record(
                connection,
                workspace,
                actor=by,
                action="settings_changed",
                subject=f"workspace/{workspace}",
                details={"quarantine": quarantine},
            )

    async def audit(self, action: str) -> list[tuple[str, dict[str, Any]]]:
        async with self.world.database.transaction(self.world.workspace) as connection:
            entries = await audit_log.list_audit(connection, self.world.workspace)
        return [(entry.actor, entry.details) for entry in entries if entry.action == action]


@pytest.fixture
def drift(world: World) -> Drift:
    """A workspace whose knowledge is checked."""
    return Drift(world)


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


async def test_of_two_that_say_the_same_the_less_used_one_goes_and_leaves_its_wordings(
    drift: Drift,
) -> None:
    said = "Refunds take 5 days to arrive on your account."
    used = await drift.item(article(said, title="Refunds", asked="How long do refunds take?"))
    other = await drift.item(article(said, title="Refunds", asked="How long do my refunds take?"))
    await drift.answers(used, 2, correct=True)
    await drift.check()
    assert await drift.found() == [(other, DriftCause.DUPLICATE, DriftHandling.PROPOSED)]
    wording, retirement = await drift.proposals()
    assert (wording.change.item_id, wording.change.phrasings) == (
        used,
        ("How long do my refunds take?",),
    )
    assert retirement.change.item_id == other
    assert '"Refunds" says the same' in retirement.rationale


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
    task = ForceInput(workspace=world.workspace, request_id=request_id)
    assert (await run(ForceChanges(world.kit).force_changes, task)).applied == 1
    assert await drift.status(item_id) is ItemStatus.RETIRED
    assert await drift.health(item_id) is HealthState.QUARANTINED
    async with world.database.transaction(world.workspace) as connection:
        request = await change_requests.get_request(connection, world.workspace, request_id)
    assert (request.kind, request.mode) == (ChangeRequestKind.QUARANTINE, ChangeRequestMode.FORCED)
    assert "The quarantine policy that ada switched on" in request.reason
    [(actor, details)] = await drift.audit("change_requested")
    assert (actor, details["switched_on_by"]) == ("quarantine policy of ada", "ada")
    assert [by for by, _ in await drift.audit("change_forced")] == ["quarantine policy of ada"]


async def test_a_policy_that_is_switched_off_meanwhile_takes_nothing_out(drift: Drift) -> None:
    item_id, request_id = await quarantined(drift)
    await drift.switch("off")
    task = ForceInput(workspace=drift.world.workspace, request_id=request_id)
    refused = await failure(ForceChanges(drift.world.kit).force_changes, task)
    assert refused.type == "not_approved"
    assert await drift.status(item_id) is ItemStatus.ACTIVE


async def test_people_are_asked_once_whether_it_comes_back(drift: Drift) -> None:
    item_id, request_id = await quarantined(drift)
    world = drift.world
    task = ForceInput(workspace=world.workspace, request_id=request_id)
    await run(ForceChanges(world.kit).force_changes, task)
    returning = ProposeReturnInput(
        workspace=world.workspace, request_id=request_id, item_id=item_id
    )
    await run(ProposeReturn(world.kit).propose_return, returning)
    await run(ProposeReturn(world.kit).propose_return, returning)
    [proposal] = await drift.proposals()
    assert (proposal.change.operation, proposal.change.base_revision) == (Operation.REVISE, 2)
    assert "Approve to bring it back" in proposal.rationale
    await world.open(proposal)
    await world.settle(await world.write(proposal))
    await world.apply(proposal)
    assert await drift.status(item_id) is ItemStatus.ACTIVE
    assert await drift.health(item_id) is HealthState.HEALTHY
    assert (await drift.check()).quarantined == ()


async def test_what_is_in_quarantine_stays_in_sight_until_somebody_has_decided(
    drift: Drift,
) -> None:
    item_id, request_id = await quarantined(drift)
    task = ForceInput(workspace=drift.world.workspace, request_id=request_id)
    await run(ForceChanges(drift.world.kit).force_changes, task)
    assert (await drift.check()).found == 0
    assert await drift.found() == [(item_id, DriftCause.FAILING, DriftHandling.QUARANTINED)]


async def test_an_article_that_somebody_brought_back_is_not_asked_about(drift: Drift) -> None:
    item_id, request_id = await quarantined(drift)
    returning = ProposeReturnInput(
        workspace=drift.world.workspace, request_id=request_id, item_id=item_id
    )
    await run(ProposeReturn(drift.world.kit).propose_return, returning)
    assert await drift.world.count("proposals") == 0


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
