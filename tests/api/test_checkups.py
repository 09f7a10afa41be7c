"""What people and integrations see of checkups, and asking for one."""

import re
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient

from activities.find_drift import FindDrift, FindDriftInput
from activities.kit import Kit
from domain.base import JsonObject
from domain.identity import ApiRole
from domain.outcomes import HandledBy
from gateways.escalation import load_escalation_policies
from gateways.notifications import LogNotifier
from store import audit, workspaces
from store.database import Database
from store.outcomes import Used, record_outcome
from tests.activities.world import run
from tests.api.browser import Person, signed_in
from tests.api.conftest import Keys
from tests.api.fakes import RecordingDelivery, WordEmbedder
from tests.api.rows import Rows, adding, revising
from tests.workflows.scripted import ScriptedAnalyst, SureAnswerer

PATH = "/v1/knowledge/checkup"


async def answered(rows: Rows, item_id: UUID, number: int, *, correct: bool) -> None:
    """Let so many answers rest on an item."""
    async with rows.database.transaction(rows.workspace) as connection:
        for _ in range(number):
            await record_outcome(
                connection,
                rows.workspace,
                text="How long?",
                handled_by=HandledBy.AGENT,
                items_used=[Used(item_id)],
                correct=correct,
            )


@pytest.fixture
async def failing(rows: Rows) -> UUID:
    """An article whose answers do not hold, as a checkup has found."""
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    await answered(rows, item_id, 1, correct=True)
    await answered(rows, item_id, 9, correct=False)
    await check(rows)
    return item_id


async def check(rows: Rows) -> None:
    """Run a checkup."""
    kit = Kit(
        database=rows.database,
        embedder=WordEmbedder(),
        analyst=ScriptedAnalyst(),
        answerer=SureAnswerer(),
        policies=load_escalation_policies(),
        notifier=LogNotifier(),
        api_url="http://loop.test",
    )
    task = FindDriftInput(workspace=rows.workspace, checkup_id=uuid4())
    await run(FindDrift(kit).find_drift, task)


async def test_before_the_first_run_nothing_is_known(client: AsyncClient, keys: Keys) -> None:
    answer = await client.get(PATH, headers=keys.header())

    assert answer.json() == {"checkup": None, "findings": []}


async def test_the_newest_run_tells_what_drifts_and_what_is_asked(
    client: AsyncClient, keys: Keys, failing: UUID
) -> None:
    answer = (await client.get(PATH, headers=keys.header())).json()

    assert (answer["checkup"]["examined"], answer["checkup"]["started_by"]) == (1, "schedule")
    [finding] = answer["findings"]
    assert (finding["item_id"], finding["cause"]) == (str(failing), "failing")
    assert (finding["health"]["stayed"], finding["health"]["failed"]) == (1, 9)
    proposal = await client.get(f"/v1/proposals/{finding['proposal_id']}", headers=keys.header())
    assert proposal.json()["change"]["operation"] == "retire"


async def test_an_item_tells_how_it_fares(client: AsyncClient, keys: Keys, failing: UUID) -> None:
    path = f"/v1/knowledge/{failing}"

    now = (await client.get(path, headers=keys.header())).json()
    then = (await client.get(f"{path}?as_of=1", headers=keys.header())).json()

    assert (now["health"]["state"], now["health"]["used"]) == ("failing", 10)
    assert now["health"]["low"] < now["health"]["confidence"] < now["health"]["high"] < 0.5
    assert then["health"] is None


async def test_a_lead_may_have_the_knowledge_checked_now(
    client: AsyncClient, keys: Keys, delivery: RecordingDelivery, database: Database
) -> None:
    answer = await client.post(PATH, headers=keys.header(ApiRole.LEAD))

    assert answer.status_code == 202
    assert answer.json() == {"workflow_id": f"checkup/{keys.workspace}"}
    assert delivery.checked == [keys.workspace]
    async with database.transaction(keys.workspace) as connection:
        entries = await audit.list_audit(connection, keys.workspace)
    assert [(e.actor, e.action) for e in entries] == [("lead", "checkup_requested")]


async def test_while_temporal_is_away_nobody_is_told_that_it_runs(
    client: AsyncClient, keys: Keys, delivery: RecordingDelivery
) -> None:
    delivery.reachable = False

    answer = await client.post(PATH, headers=keys.header(ApiRole.LEAD))

    assert answer.status_code == 503


async def test_the_page_tells_why_with_figures_and_leads_to_the_proposal(
    reviewer: Person, failing: UUID
) -> None:
    page = await reviewer.get("/checkup")

    assert "Its answers do not hold" in page.text
    assert "used 10 times, stayed answered 10%" in page.text
    assert f'"/knowledge/{failing}"' in page.text
    [link] = re.findall(r'"(/proposals/[^"]+)"', page.text)
    assert "The regular checkup" in (await reviewer.get(link)).text


async def test_the_page_tells_why_the_policy_does_not_take_an_article_out(
    reviewer: Person, rows: Rows, failing: UUID
) -> None:
    changed: JsonObject = {"quarantine": "failing_articles"}
    async with rows.database.transaction(rows.workspace) as connection:
        await workspaces.change_settings(connection, rows.workspace, changed)
        await audit.record(
            connection,
            rows.workspace,
            actor="ada",
            action="settings_changed",
            subject=f"workspace/{rows.workspace}",
            details=changed,
        )
    await rows.proposal(revising(failing, "Refunds take 10 days."))
    await check(rows)

    assert "Not taken out: another proposal on it is open" in (await reviewer.get("/checkup")).text


async def test_the_item_s_page_tells_how_it_fares(reviewer: Person, failing: UUID) -> None:
    page = await reviewer.get(f"/knowledge/{failing}")

    assert "used 10 times, stayed answered 10%" in page.text
    assert '"/checkup"' in page.text


async def test_the_knowledge_leads_to_the_checkup(reviewer: Person, failing: UUID) -> None:
    assert '"/checkup"' in (await reviewer.get("/knowledge")).text


async def test_a_lead_checks_from_the_page(
    client: AsyncClient, keys: Keys, delivery: RecordingDelivery
) -> None:
    lead = await signed_in(client, keys.of[ApiRole.LEAD])
    page = await lead.get("/checkup")

    assert "Check now" in page.text
    await lead.post("/checkup", page)

    assert delivery.checked == [keys.workspace]


async def test_a_reviewer_is_not_offered_it_and_may_not(
    reviewer: Person, delivery: RecordingDelivery
) -> None:
    page = await reviewer.get("/checkup")

    assert "Check now" not in page.text
    assert (await reviewer.post("/checkup", await reviewer.get("/knowledge"))).status_code == 403
    assert delivery.checked == []
