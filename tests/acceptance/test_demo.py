"""`make demo`, headless: the story, its privacy, a second run, and nothing left behind."""

import re
from collections.abc import Generator
from pathlib import Path

import pytest
from temporalio.client import Client

from client.api import LearningLoop
from client.connection import Target
from demo.content import DemoQuery, Expectation, load_queries
from demo.plan import LEFT_WAITING
from tests.acceptance.demo_run import COMMAND, STAYS_UP, DemoRun, processes_of, started

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

PERSONAL_DATA = (
    "Okafor",
    "Adaeze",
    "4111 1111 1111 1111",
    "4111111111111111",
    "27 Tannery Lane",
    "LS99 4ZZ",
    "07700 900461",
    "adaeze.okafor@example.com",
)
QUERIES = load_queries()


def held(data: bytes) -> list[str]:
    """Return the personal data that `data` holds."""
    return [text for text in PERSONAL_DATA if text.encode().lower() in data.lower()]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the stack, which both runs share."""
    return tmp_path_factory.mktemp("demo") / ".learning-loop"


@pytest.fixture(scope="module")
def first(home: Path) -> Generator[DemoRun]:
    """The real `make demo`, up and waiting for Ctrl-C."""
    with started(["make", "--silent", "demo"], home) as run:
        run.read(until=STAYS_UP)
        yield run


def test_the_story_holds(first: DemoRun) -> None:
    assert not [line for line in first.lines if line.startswith("! ")]
    assert "26 of 26 read as their author meant" in first.output
    assert "held back: 1 more case of" in first.output
    assert re.search(r"wrong answers \d+ → 0", first.output)


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.query[:40])
def test_each_query_ends_as_it_should(first: DemoRun, query: DemoQuery) -> None:
    row = first.row(query.query)
    before, after = [cell for cell in row.split("  ") if cell.strip()][1:3]
    if query.expects is Expectation.HANDOFF or query.gap_key in LEFT_WAITING:
        assert (before.strip(), after.strip()) == ("handed off", "handed off")
    elif query.gap_key is not None:
        assert before.strip() in {"handed off", "wrong answer"}
        assert after.strip() == "answered"
    else:
        assert (before.strip(), after.strip()) == ("answered", "answered")


async def test_no_personal_data_is_in_any_history(first: DemoRun) -> None:
    client = await Client.connect(first.stack.temporal)
    count = 0
    async for execution in client.list_workflows():
        history = await client.get_workflow_handle(
            execution.id, run_id=execution.run_id
        ).fetch_history()
        count += 1
        assert held(b"".join(event.SerializeToString() for event in history.events)) == []
    assert count >= 27


async def test_no_personal_data_is_in_what_people_and_agents_read(first: DemoRun) -> None:
    stack = first.stack
    async with LearningLoop(Target(url=stack.api, key=stack.keys["admin"])) as admin:
        items = [item.model_dump_json() async for item in admin.items()]
        proposals = [proposal.model_dump_json() async for proposal in admin.proposals()]
    assert len(items) >= 27
    assert len(proposals) >= 12
    assert held("\n".join([*items, *proposals]).encode()) == []


def test_no_personal_data_is_in_the_output_or_the_logs(first: DemoRun) -> None:
    logs = list((first.home / "logs").iterdir())
    assert {"api.log", "worker.log", "temporal.log"} <= {log.name for log in logs}
    assert held(first.output.encode()) == []
    for log in logs:
        assert held(log.read_bytes()) == [], log.name


def test_a_second_run_tells_it_again_and_leaves_no_process(first: DemoRun, home: Path) -> None:
    first.stop()
    assert processes_of(home) == []

    with started([str(COMMAND), "demo", "--exit"], home) as second:
        second.read()

    assert second.process.returncode == 0, second.output
    assert "the new workspace demo-2" in second.output
    assert re.search(r"wrong answers \d+ → 0", second.output)
    assert processes_of(home) == []
