"""Who signs in as whom: the processes as a login that owns nothing, operators as the owner."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import psycopg
import pytest
import pytest_asyncio
from psycopg.conninfo import make_conninfo

from embedded.errors import EmbeddedError
from embedded.ports import any_free_port
from embedded.postgres import EmbeddedPostgres
from embedded.stack import EmbeddedStack, Part
from store.migrate import LOGIN_PASSWORD, OWNER_URL

PARTS = (Part.POSTGRES, Part.MIGRATIONS)
PLAIN = {"PATH": os.environ["PATH"], "TEMPORAL_CONFIG_FILE": os.devnull}


async def ask(url: str, question: str) -> str:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        row = await (await connection.execute(question.encode())).fetchone()
    assert row is not None
    return str(row[0])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def stack() -> AsyncIterator[EmbeddedStack]:
    """Our own Postgres, migrated; what a person set for the migrations does not count."""
    environ = {**PLAIN, OWNER_URL: "postgresql://elsewhere", LOGIN_PASSWORD: "theirs"}
    async with EmbeddedStack(only=PARTS, environ=environ) as stack:
        yield stack


def secrets(stack: EmbeddedStack) -> list[str]:
    files = (stack.home.postgres_password, stack.home.postgres_login_password)
    return [file.read_text().strip() for file in files]


async def test_processes_sign_in_as_the_login(stack: EmbeddedStack) -> None:
    assert await ask(stack.env["DATABASE_URL"], "SELECT session_user") == "learning_loop_login"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await ask(stack.env["DATABASE_URL"], "RESET ROLE; UPDATE audit SET actor = 'eve'")


async def test_operators_sign_in_as_the_owner(stack: EmbeddedStack) -> None:
    assert await ask(stack.info.database_url, "SELECT session_user") == "learning_loop"


async def test_processes_get_nothing_of_the_owners(stack: EmbeddedStack) -> None:
    owners, _ = secrets(stack)
    assert not {OWNER_URL, LOGIN_PASSWORD} & set(stack.env)
    assert owners not in " ".join(stack.env.values())


async def test_no_log_and_no_process_list_holds_a_password(stack: EmbeddedStack) -> None:
    shown = [log.read_text() for log in stack.home.logs.glob("*.log")]
    shown += [" ".join(child.cmdline()) for child in psutil.Process().children(recursive=True)]
    assert len(shown) > 2
    assert not [secret for secret in secrets(stack) for text in shown if secret in text]


async def test_passwords_are_for_their_owner_only(stack: EmbeddedStack) -> None:
    assert stack.home.postgres_login_password.stat().st_mode & 0o077 == 0


async def test_the_login_stays_between_runs(folder: Path) -> None:
    urls: list[str] = []
    for _ in range(2):
        async with EmbeddedStack(folder, only=PARTS, environ=PLAIN) as stack:
            urls.append(stack.env["DATABASE_URL"])
            assert await ask(urls[-1], "SELECT session_user") == "learning_loop_login"
    assert urls[0] == urls[1]


async def test_an_external_database_is_migrated_as_its_owner_and_gets_no_login(
    folder: Path,
) -> None:
    async with EmbeddedPostgres() as theirs:
        async with await psycopg.AsyncConnection.connect(theirs.url) as owner:
            await owner.execute("CREATE ROLE somebody LOGIN PASSWORD 'x'")
        url = make_conninfo(theirs.url, user="somebody", password="x")
        environ = {**PLAIN, "DATABASE_URL": url, OWNER_URL: theirs.url}
        async with EmbeddedStack(folder, only=PARTS, environ=environ) as stack:
            assert stack.env["DATABASE_URL"] == url
            assert OWNER_URL not in stack.env
            assert stack.info.database_url == theirs.url
            roles = "SELECT count(*) FROM pg_roles WHERE rolname = 'learning_loop_login'"
            assert await ask(theirs.url, roles) == "0"


async def test_an_owners_address_that_is_wrong_is_named(folder: Path) -> None:
    async with EmbeddedPostgres() as theirs:
        away = f"postgresql://owner:pa55w0rd@127.0.0.1:{any_free_port()}/x"
        environ = {**PLAIN, "DATABASE_URL": theirs.url, OWNER_URL: away}
        with pytest.raises(EmbeddedError, match=f"{OWNER_URL} cannot be used") as raised:
            async with EmbeddedStack(folder, only=PARTS, environ=environ):
                pass
    assert "pa55w0rd" not in str(raised.value)
