import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio

from embedded.errors import AlreadyRunningError, EmbeddedError
from embedded.home import StackInfo
from embedded.ports import any_free_port
from embedded.postgres import EmbeddedPostgres
from embedded.stack import EmbeddedStack, Part, Ports

SERVERS = (Part.POSTGRES, Part.TEMPORAL)
PLAIN = {"PATH": os.environ["PATH"], "TEMPORAL_CONFIG_FILE": os.devnull}


def free_ports() -> Ports:
    taken: list[int] = []
    for _ in Ports.model_fields:
        taken.append(any_free_port(taken))
    return Ports.model_validate(dict(zip(Ports.model_fields, taken, strict=True)))


class Reports:
    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.changed = asyncio.Event()

    def __call__(self, sentence: str) -> None:
        self.sentences.append(sentence)
        self.changed.set()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def throw_away() -> AsyncIterator[tuple[EmbeddedStack, Reports]]:
    reports = Reports()
    environ = {**PLAIN, "DATABASE_URL": "postgresql://elsewhere", "TEMPORAL_ADDRESS": "x:1"}
    async with EmbeddedStack(only=SERVERS, environ=environ, report=reports) as stack:
        yield stack, reports


async def test_a_throw_away_stack_ignores_external_parts(
    throw_away: tuple[EmbeddedStack, Reports],
) -> None:
    stack, _ = throw_away
    async with await psycopg.AsyncConnection.connect(stack.info.database_url):
        assert stack.info.temporal == stack.env["TEMPORAL_ADDRESS"] != "x:1"


async def test_stack_json_says_what_the_stack_is(
    throw_away: tuple[EmbeddedStack, Reports],
) -> None:
    stack, _ = throw_away
    text = (stack.home.path / "stack.json").read_text()
    assert StackInfo.model_validate_json(text) == stack.info


@pytest.mark.parametrize("part", SERVERS)
async def test_a_killed_server_comes_back_on_its_port(
    throw_away: tuple[EmbeddedStack, Reports], part: Part
) -> None:
    stack, reports = throw_away
    before = stack.pid(part)
    reports.changed.clear()
    os.kill(before, signal.SIGKILL)
    await asyncio.wait_for(reports.changed.wait(), 30)
    await stack.ready()
    assert stack.pid(part) != before
    assert [said for said in reports.sentences if said.startswith(part)][-2:] == [
        f"{part} ended by signal 9; starting it again",
        f"{part} is up again",
    ]
    async with await psycopg.AsyncConnection.connect(stack.info.database_url):
        pass


async def test_no_log_holds_the_password(throw_away: tuple[EmbeddedStack, Reports]) -> None:
    stack, _ = throw_away
    password = stack.home.postgres_password.read_text().strip()
    logs: Iterator[Path] = stack.home.logs.glob("*.log")
    assert [log for log in logs if password in log.read_text()] == []


async def test_a_second_start_in_the_folder_changes_nothing(
    throw_away: tuple[EmbeddedStack, Reports],
) -> None:
    stack, _ = throw_away
    pids = [stack.pid(part) for part in SERVERS]
    with pytest.raises(AlreadyRunningError, match=f"already running, pid {os.getpid()}"):
        async with EmbeddedStack(stack.home.path, only=SERVERS, environ=PLAIN):
            pass
    assert [stack.pid(part) for part in SERVERS] == pids
    assert (stack.home.path / "stack.json").exists()


async def test_a_taken_port_is_replaced_told_and_preferred_next_time(folder: Path) -> None:
    ports = free_ports()
    reports = Reports()
    taken = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", ports.temporal)
    async with (
        taken,
        EmbeddedStack(
            folder, only=[Part.TEMPORAL], environ=PLAIN, ports=ports, report=reports
        ) as stack,
    ):
        first = stack.info.temporal
    port = first.rpartition(":")[2]
    assert reports.sentences[0] == f"port {ports.temporal} is taken: temporal uses {port} instead"
    async with EmbeddedStack(folder, only=[Part.TEMPORAL], environ=PLAIN, ports=ports) as stack:
        assert stack.info.temporal == first
    assert not (folder / "stack.json").exists()


async def test_an_external_database_is_used_and_not_started(folder: Path) -> None:
    async with EmbeddedPostgres() as theirs:
        environ = {**PLAIN, "DATABASE_URL": theirs.url}
        async with EmbeddedStack(folder, only=[Part.POSTGRES], environ=environ) as stack:
            assert stack.info.database_url == theirs.url
            with pytest.raises(EmbeddedError, match="postgres is not running"):
                stack.pid(Part.POSTGRES)


async def test_an_external_database_that_is_away_is_named_without_its_password(
    folder: Path,
) -> None:
    url = f"postgresql://user:pa55w0rd@127.0.0.1:{any_free_port()}/x"
    environ = {**PLAIN, "DATABASE_URL": url}
    with pytest.raises(EmbeddedError, match="DATABASE_URL cannot be used") as raised:
        async with EmbeddedStack(folder, only=[Part.POSTGRES], environ=environ):
            pass
    assert "pa55w0rd" not in str(raised.value)


async def test_the_persons_own_settings_reach_the_children(folder: Path) -> None:
    environ = {**PLAIN, "LEARNING_LOOP_WORKSPACE": "acme", "TEMPORAL_NAMESPACE": "theirs"}
    async with EmbeddedStack(folder, only=[Part.TEMPORAL], environ=environ) as stack:
        assert stack.env["LEARNING_LOOP_WORKSPACE"] == "acme"
        assert stack.env["TEMPORAL_NAMESPACE"] == "theirs"
        assert stack.env["LEARNING_LOOP_HOME"] == str(folder)
