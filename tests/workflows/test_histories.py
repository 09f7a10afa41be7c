"""What histories hold: nothing personal, no stack trace; and old ones still replay."""

import asyncio
import json
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToJson
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from domain.cases import Case, Reading
from domain.conversation import Resolution, Role, Submission, ToolCall, Turn
from gateways.temporal import data_converter
from tests.workflows.harness import Handle, Loop
from tests.workflows.payloads import decoded_payloads
from worker import WORKFLOWS, sandbox

STORED = sorted((Path(__file__).parent / "histories").glob("*.json"))
CANARIES = ("Zebediah", "zeb@example.org", "4111 1111", "Quince Street", "cust-778812")


def _personal() -> Submission:
    text = "I am Zebediah, zeb@example.org, card 4111 1111 1111 1111, 12 Quince Street."
    return Submission(
        source="test",
        external_id="personal",
        customer_ref="cust-778812",
        conversation=(
            Turn(role=Role.CUSTOMER, text=text),
            Turn(
                role=Role.AGENT,
                text="One moment.",
                tool_calls=(ToolCall(name="find", arguments={"email": "zeb@example.org"}),),
            ),
        ),
        resolution=Resolution(by="Zebediah", reply=f"Hello Zebediah. {text}"),
    )


async def test_no_personal_data_enters_a_history(loop: Loop) -> None:
    intervention_id, proposal = await loop.reviewable(_personal())
    await loop.decide(intervention_id, loop.decision(proposal))
    await loop.end(intervention_id)
    history = (await loop.handle(intervention_id).fetch_history()).to_json()
    readable = history + decoded_payloads(json.loads(history))
    assert str(proposal.id) in readable
    assert [canary for canary in CANARIES if canary in readable] == []


async def test_a_failure_is_recorded_without_what_people_wrote(loop: Loop) -> None:
    failing = asyncio.Event()

    def explode(_: Case) -> Reading:
        failing.set()
        raise ValueError("Zebediah said so")

    loop.analyst.reading = explode
    handle = loop.handle(await loop.post(_personal()))
    async with asyncio.timeout(30):
        await failing.wait()
        while not (failure := await _last_failure(handle)):
            failing.clear()
            await failing.wait()
    await handle.terminate("the test is over")
    assert "unexpected ValueError" in failure
    assert [word for word in ("Zebediah", "Traceback", ".py") if word in failure] == []


async def _last_failure(handle: Handle) -> str:
    """Return the failure of the activity that is being tried again, as the UI shows it."""
    raw = (await handle.describe()).raw_description
    failed = [p.last_failure for p in raw.pending_activities if p.HasField("last_failure")]
    return MessageToJson(failed[0]) if failed else ""


@pytest.mark.parametrize("file", STORED, ids=lambda file: file.stem)
async def test_a_stored_history_replays(file: Path) -> None:
    """Fails when a change of the workflow would break reviews that are under way."""
    replayer = Replayer(
        workflows=WORKFLOWS, workflow_runner=sandbox(), data_converter=data_converter()
    )
    stored = await asyncio.to_thread(file.read_text)
    await replayer.replay_workflow(WorkflowHistory.from_json(f"intervention/{file.stem}", stored))


def test_there_are_stored_histories() -> None:
    of_interventions = {"applied", "rejected", "parked", "redrafted", "sent_back", "edited"}
    assert {file.stem for file in STORED} >= of_interventions | {"change_request", "forced"}
    assert {file.stem for file in STORED} >= {"edited_before", "edited_across"}
