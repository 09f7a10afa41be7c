"""Records the histories of telling people, as `test_record_histories.py` does those of reviews."""

import asyncio
import os

import pytest
from temporalio.client import WorkflowHistory
from temporalio.testing import WorkflowEnvironment

from store.database import Database
from tests.workflows.conftest import TASK_QUEUE
from tests.workflows.test_histories import STORED
from tests.workflows.test_notices import hand_over, telling, until_told
from tests.workflows.test_record_histories import FOLDER
from workflows.digest import DigestWorkflow
from workflows.notices_input import DigestsInput

records = pytest.mark.skipif(
    "RECORD_HISTORIES" not in os.environ, reason="records only when RECORD_HISTORIES=1 is set"
)


async def _write(history: WorkflowHistory, name: str) -> None:
    await asyncio.to_thread((FOLDER / f"{name}.json").write_text, history.to_json())


@records
async def test_record_told(
    environment: WorkflowEnvironment, database: Database, workspace: str
) -> None:
    """One message that was sent and one that was given up."""
    async with telling(environment, database, workspace) as told:
        intervention_id, proposal = await told.loop.reviewable()
        await until_told(told, intervention_id, 1)
        told.slack.fail("chat.postMessage", "invalid_auth")
        await told.send()
        await _write(await told.handle.fetch_history(), "told_given_up")
        await told.loop.decide(intervention_id, told.loop.decision(proposal))
        await told.loop.end(intervention_id)
        await told.send()
        await _write(await told.handle.fetch_history(), "told")


@records
async def test_record_handed_over(
    environment: WorkflowEnvironment, database: Database, workspace: str
) -> None:
    async with telling(environment, database, workspace) as told:
        first = await hand_over(told)
        await _write(await first.fetch_history(), "told_handed_over")
        await told.handle.result()


@records
async def test_record_digest(
    environment: WorkflowEnvironment, database: Database, workspace: str
) -> None:
    async with telling(environment, database, workspace) as told:
        digest = await environment.client.start_workflow(
            DigestWorkflow.run,
            DigestsInput(workspace=workspace),
            id=f"digest/{workspace}",
            task_queue=f"{TASK_QUEUE}-{told.loop.workspace}",
        )
        await digest.result()
        await _write(await digest.fetch_history(), "digest")


def test_there_are_stored_histories_of_telling() -> None:
    wanted = {"told", "told_given_up", "told_handed_over", "digest"}
    assert {file.stem for file in STORED} >= wanted
