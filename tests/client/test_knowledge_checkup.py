"""`learning-loop knowledge checkup`, against the real API."""

from uuid import UUID, uuid4

import pytest

from activities.find_drift import FindDrift, FindDriftInput
from activities.kit import Kit
from client import knowledge_checkup
from domain.identity import ApiRole
from store.database import Database
from tests.activities.conftest import kit, told
from tests.activities.world import run as run_activity
from tests.api.fakes import RecordingDelivery
from tests.api.rows import Rows, adding
from tests.api.test_checkups import answered
from tests.client.conftest import RunCli

__all__ = ["kit", "told"]


class CheckingDelivery(RecordingDelivery):
    """Carries a checkup out at once, as its workflow would, unless nobody works."""

    def __init__(self, database: Database, kit: Kit) -> None:
        """Look for drift with `kit`."""
        super().__init__(database)
        self._kit = kit
        self.works = True

    async def check_up(self, workspace: str) -> str:
        """Run the activity."""
        if self.works:
            task = FindDriftInput(workspace=workspace, checkup_id=uuid4())
            await run_activity(FindDrift(self._kit).find_drift, task)
        return await super().check_up(workspace)


@pytest.fixture
def delivery(database: Database, kit: Kit) -> CheckingDelivery:
    """What Temporal would have been told; checkups happen."""
    return CheckingDelivery(database, kit)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask again at once."""
    monkeypatch.setattr(knowledge_checkup, "_POLL_SECONDS", 0.0)


@pytest.fixture
async def failing(rows: Rows) -> UUID:
    """An article whose answers do not hold."""
    item_id, _ = await rows.item(adding("Refunds take 5 days."))
    await answered(rows, item_id, 1, correct=True)
    await answered(rows, item_id, 9, correct=False)
    return item_id


async def test_it_is_started_and_its_findings_are_printed(
    run: RunCli, failing: UUID, delivery: CheckingDelivery, workspace: str
) -> None:
    result = await run("knowledge", "checkup", role=ApiRole.LEAD)
    assert result.exit_code == 0, result.output
    assert delivery.checked == [workspace]
    assert "Looked at: 1; drifting: 1; people asked about: 1." in result.output
    assert "failing" in result.output
    assert "Returns" in result.output


async def test_the_last_one_is_shown_without_another(
    run: RunCli, failing: UUID, delivery: CheckingDelivery
) -> None:
    none = await run("knowledge", "checkup", "--last")
    assert "No checkup has run yet." in none.output
    await run("knowledge", "checkup", role=ApiRole.LEAD)
    shown = await run("knowledge", "checkup", "--last")
    assert "failing" in shown.output
    assert len(delivery.checked) == 1


async def test_one_that_takes_long_goes_on_by_itself(
    run: RunCli, failing: UUID, delivery: CheckingDelivery
) -> None:
    delivery.works = False
    result = await run("knowledge", "checkup", "--patience", "0", role=ApiRole.LEAD)
    assert result.exit_code == 0
    assert "goes on by itself" in result.output
    assert "No checkup has run yet." in result.output


async def test_a_reviewer_may_not_start_one(run: RunCli, delivery: CheckingDelivery) -> None:
    assert (await run("knowledge", "checkup")).exit_code == 1
    assert delivery.checked == []
