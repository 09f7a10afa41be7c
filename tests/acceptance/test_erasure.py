"""`learning-loop erase` on the whole stack: 200 canaries of one customer, and nowhere one left."""

import asyncio
import base64
import json
import os
import shutil
import subprocess
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import pytest_asyncio
from temporalio.client import Client

from embedded import placement
from embedded.home import ANY_PORTS, StackInfo
from embedded.stack import EmbeddedStack
from tests.acceptance.canaries import OTHER_REF, REF, Aviary, Body, forms, held, interventions
from tests.acceptance.demo_run import COMMAND, clean_environment
from tests.chaos.driver import CASES, Driver
from tests.workflows.payloads import decoded_payloads

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(900)]

LEAST = 200
BETWEEN_LOOKS = 0.2
THEIRS = (13, 5, 0, 2, 3, 6, 16, 18, 20, 4, 11, 17)
"""The demo's cases that become the customer's, most of which show that an article is missing."""
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": os.environ.get("HOME", "/"),
    "TEMPORAL_CONFIG_FILE": os.devnull,
    "LEARNING_LOOP_ANALYST": "offline",
}


@dataclass
class Aftermath:
    """What the stack held before the erasure, and the stack after it."""

    stack: EmbeddedStack
    home: Path
    birds: Aviary
    others: Aviary
    before: bytes
    vectors: frozenset[str]
    printed: str
    erased_ids: list[str]

    @property
    def info(self) -> StackInfo:
        """Where everything is."""
        return self.stack.info


@pytest.fixture(scope="module")
def home() -> Generator[Path]:
    """A folder for the data: with one, Temporal's database is a file that can be searched."""
    made = placement.throw_away_folder()
    yield made
    shutil.rmtree(made)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def after(home: Path) -> AsyncGenerator[Aftermath]:
    """Run the loop on both customers' cases, erase one of them, and look at what is left."""
    birds, others = Aviary("zq"), Aviary("yw")
    cases: list[Body] = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()]
    theirs = list(interventions([cases[n] for n in THEIRS], birds, REF, least=LEAST))
    waiting, closed = theirs[:2], theirs[2:]
    rest = [cases[n] for n in range(len(cases)) if n not in THEIRS]
    async with EmbeddedStack(home / "a", environ=ENVIRONMENT, ports=ANY_PORTS) as stack:
        driver = Driver(lambda: stack.info)
        await driver.post_all(iter(closed))
        await reviewed(driver)
        await edited(driver, closed)
        await driver.post_all(interventions(rest, others, OTHER_REF, least=40))
        await reviewed(driver)
        await remarked(driver, closed)
        await driver.decide_all()
        posted = set(driver.posted)
        driver.posted.clear()
        await driver.post_all(iter(waiting))
        await reviewed(driver)
        await remarked(driver, waiting)
        driver.posted |= posted
        before = await asyncio.to_thread(dump, stack.info)
        vectors = await vectors_of(stack.info, birds)
        printed = await asyncio.to_thread(command, stack, "erase", "--customer", REF, "--yes")
        yield Aftermath(
            stack=stack,
            home=home / "a",
            birds=birds,
            others=others,
            before=before,
            vectors=vectors,
            printed=printed,
            erased_ids=[str(found) for found in driver.posted],
        )


async def reviewed(driver: Driver) -> None:
    """Return once every posted intervention was read and its proposals are before people."""
    async with asyncio.timeout(300):
        for intervention_id in driver.posted:
            # The API has no call that waits for a status.
            while await is_worked_on(driver, intervention_id):  # noqa: ASYNC110
                await asyncio.sleep(BETWEEN_LOOKS)


async def is_worked_on(driver: Driver, intervention_id: UUID) -> bool:
    """Return whether the machine still reads or drafts."""
    answer = await driver.call("reviewer", "GET", f"/v1/interventions/{intervention_id}")
    return answer.json()["status"] in {"received", "analyzing"}


async def remarked(driver: Driver, bodies: list[Body]) -> None:
    """Let people and agents quote the customer wherever they can write."""
    said = [turn["text"] for body in bodies for turn in body["conversation"][:1]]
    for place, proposal in enumerate(await driver.proposals()):
        quote = said[place % len(said)]
        path = f"/v1/proposals/{proposal['id']}"
        answer = await driver.call(
            "reviewer", "POST", f"{path}/comments", json={"body": f"They say: “{quote}”"}
        )
        assert answer.status_code < 300, answer.text
        if place == 0 and proposal["status"] == "in_review":
            asking = {
                "verdict": "request_changes",
                "content_hash": proposal["content_hash"],
                "comment": f"Is it about “{quote}”?",
            }
            answer = await driver.call("lead", "POST", f"{path}/decisions", json=asking)
            assert answer.status_code == 202, answer.text
    for text in said[:3]:
        outcome = {"query": text, "handled_by": "human", "handoff_reason": f"About: {text}"}
        assert (await driver.call("agent", "POST", "/v1/outcomes", json=outcome)).is_success
        assert (await driver.call("agent", "POST", "/v1/ask", json={"query": text})).is_success


async def edited(driver: Driver, bodies: list[Body]) -> None:
    """Let a reviewer approve one of the customer's articles with more of their words."""
    words = " ".join(bodies[0]["conversation"][0]["text"].split()[-8:])
    for proposal in await driver.proposals():
        path = f"/v1/proposals/{proposal['id']}"
        change = (await driver.call("reviewer", "GET", path)).json()["change"]
        if proposal["status"] == "in_review" and change["kind"] == "article":
            change["content"]["answer"] += f" As one customer had it: {words}"
            approval = {
                "verdict": "approve",
                "content_hash": proposal["content_hash"],
                "edited_change": change,
            }
            answer = await driver.call("lead", "POST", f"{path}/decisions", json=approval)
            assert answer.status_code == 202, answer.text
            return
    raise AssertionError("there is no article to edit")


def dump(info: StackInfo) -> bytes:
    """Return the whole database as `pg_dump` writes it."""
    # The address is the test's own throw-away server.
    return subprocess.run(
        [str(placement.binaries() / "pg_dump"), "--no-password", info.database_url],
        check=True,
        capture_output=True,
    ).stdout


def command(stack: EmbeddedStack, *arguments: str) -> str:
    """Run the command line as a person in the stack's folder would; return what it printed."""
    done = subprocess.run(
        [str(COMMAND), *arguments],
        env=clean_environment(stack.home.path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


async def vectors_of(info: StackInfo, birds: Aviary) -> frozenset[str]:
    """Return the vectors of all texts that hold a canary."""
    async with await psycopg.AsyncConnection.connect(info.database_url) as record:
        cursor = await record.execute(
            "SELECT p.body, e.embedding::text FROM passages p JOIN embeddings e"
            " ON e.workspace = p.workspace AND e.passage_id = p.id"
            " UNION ALL SELECT ask, ask_embedding::text FROM analyses"
            " UNION ALL SELECT change::text, embedding::text FROM proposals"
        )
        rows: list[tuple[str, str | None]] = await cursor.fetchall()
    return frozenset(v for text, v in rows if v and held(text.encode(), birds.planted))


def test_there_are_enough_canaries_and_the_dump_shows_them(after: Aftermath) -> None:
    assert len(after.birds.planted) == len(set(after.birds.planted)) >= LEAST
    assert held(after.before, after.birds.planted) == after.birds.planted
    assert held(after.before, after.others.planted) == after.others.planted
    assert len(after.vectors) >= 5


def test_no_canary_is_left_in_a_dump_of_the_database(after: Aftermath) -> None:
    left = dump(after.info)

    assert held(left, after.birds.planted) == []
    assert REF.encode() not in left


def test_the_others_canaries_are_all_still_there(after: Aftermath) -> None:
    assert held(dump(after.info), after.others.planted) == after.others.planted


def test_the_customer_s_text_had_reached_revisions_phrasings_and_remarks(
    after: Aftermath,
) -> None:
    for place in ("revisions", "phrasings", "passages", "proposals", "drafts", "comments"):
        assert f" {place} " in after.printed, after.printed
    for place in ("decisions", "outcomes", "evidence", "analyses", "interventions"):
        assert f" {place} " in after.printed, after.printed


async def test_no_vector_of_their_text_is_left(after: Aftermath) -> None:
    left = dump(after.info).decode()

    assert [vector for vector in after.vectors if vector in left] == []


async def test_no_canary_was_ever_in_a_history(after: Aftermath) -> None:
    client = await Client.connect(after.info.temporal)
    count = 0
    async for execution in client.list_workflows():
        handle = client.get_workflow_handle(execution.id, run_id=execution.run_id)
        history = await handle.fetch_history()
        described = await handle.describe()
        data = b"".join(
            [
                *(event.SerializeToString() for event in history.events),
                history.to_json().encode(),
                decoded_payloads(history.to_json_dict()).encode(),
                execution.raw_info.SerializeToString(),
                described.raw_description.SerializeToString(),
            ]
        )
        assert held(data, [*after.birds.planted, REF]) == [], execution.id
        count += 1
    assert count > len(after.erased_ids)


def test_no_canary_is_in_temporal_s_own_file(after: Aftermath) -> None:
    files = [file for file in after.home.iterdir() if file.name.startswith("temporal.db")]

    assert files
    for file in files:
        assert held(file.read_bytes(), [*after.birds.planted, REF]) == [], file.name


def test_no_canary_was_ever_logged(after: Aftermath) -> None:
    logs = [file for file in (after.home / "logs").rglob("*") if file.is_file()]

    assert {"api.log", "worker.log", "postgres.log", "temporal.log"} <= {log.name for log in logs}
    for log in logs:
        data = log.read_bytes()
        assert held(data, [*after.birds.planted, *after.others.planted, REF]) == [], log.name
    assert held(after.printed.encode(), [*after.birds.planted, REF]) == []


def test_the_audit_s_chain_still_verifies(after: Aftermath) -> None:
    command(after.stack, "audit", "verify")


async def test_what_is_left_is_read_and_decided_on_as_ever(after: Aftermath) -> None:
    driver = Driver(lambda: after.info)
    pages: list[Any] = []
    for intervention_id in after.erased_ids:
        path = f"/v1/interventions/{intervention_id}"
        answer = await driver.call("admin", "GET", path)
        assert answer.status_code == 200
        pages.append(answer.json())
        driver.posted.add(answer.json()["id"])
    erased = [page for page in pages if page["erased_at"]]
    assert len(erased) == len(
        [body for body in pages if body["submission"]["customer_ref"] is None]
    )
    assert held(json.dumps(erased).encode(), after.birds.planted) == []

    await driver.decide_all()

    left = await asyncio.to_thread(dump, after.info)
    assert held(left, after.birds.planted) == []


async def test_a_new_intervention_of_the_customer_is_taken_in(after: Aftermath) -> None:
    driver = Driver(lambda: after.info)
    body = {
        "source": "aviary",
        "external_id": "new",
        "customer_ref": REF,
        "conversation": [{"role": "customer", "text": "It is me again with something new."}],
        "resolution": {"reply": "Welcome back."},
    }

    answer = await driver.call("integration", "POST", "/v1/interventions", json=body)

    assert answer.status_code == 202
    assert REF.encode() in await asyncio.to_thread(dump, after.info)


@pytest.mark.parametrize("canary", ["zq017vk", "zqacaük", "Zqabcovic"])
def test_a_canary_is_found_however_it_is_written(canary: str) -> None:
    texts = [canary, canary.upper(), json.dumps(canary), canary.encode().hex()]
    texts += [base64.b64encode(f"{'.' * n}{canary}..".encode()).decode() for n in range(4)]

    assert all(held(f"so {text} on".encode(), [canary]) == [canary] for text in texts)
    assert held(b"nothing of the sort", [canary]) == []
    assert len(forms(canary)) >= 5
