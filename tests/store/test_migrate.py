import asyncio
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest

from embedded.postgres import EmbeddedPostgres
from store import audit
from store import migrate as migrations
from store.bootstrap import ensure_workspace_and_keys
from store.database import INSTALLATION, Database, fetch_one
from store.migrate import MigrationError, dbmate_url, is_migrated, migrate


async def tables(url: str) -> set[str]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        cursor = await connection.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
        )
        return {row[0] for row in await cursor.fetchall()}


async def applied(url: str) -> list[str]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        cursor = await connection.execute("SELECT version FROM schema_migrations ORDER BY version")
        return [row[0] for row in await cursor.fetchall()]


def newest() -> list[str]:
    return sorted(file.name.partition("_")[0] for file in migrations.MIGRATIONS.glob("*.sql"))


async def test_an_empty_database_gets_every_table(empty_database: str) -> None:
    await asyncio.to_thread(migrate, empty_database)
    assert {"interventions", "proposals", "decisions", "revisions"} <= await tables(empty_database)
    assert await applied(empty_database) == newest()


async def test_a_second_run_changes_nothing(empty_database: str) -> None:
    for _ in range(2):
        await asyncio.to_thread(migrate, empty_database)
    assert await applied(empty_database) == newest()


async def test_four_migrators_at_once_apply_each_migration_once(empty_database: str) -> None:
    await asyncio.gather(*(asyncio.to_thread(migrate, empty_database) for _ in range(4)))
    assert await applied(empty_database) == newest()


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that fails after it has made a table."""
    script = "-- migrate:up\nCREATE TABLE half (); SELECT nonsense;\n-- migrate:down\n"
    (tmp_path / "0001_broken.sql").write_text(script)
    monkeypatch.setattr(migrations, "MIGRATIONS", tmp_path)


@pytest.mark.usefixtures("broken")
async def test_a_broken_migration_is_named_without_the_password(empty_database: str) -> None:
    with pytest.raises(MigrationError, match='column "nonsense" does not exist') as raised:
        await asyncio.to_thread(migrate, empty_database)
    assert "0001_broken.sql" in str(raised.value)
    assert str(urlsplit(empty_database).password) not in str(raised.value)


@pytest.mark.usefixtures("broken")
async def test_a_broken_migration_leaves_nothing_behind(empty_database: str) -> None:
    with pytest.raises(MigrationError):
        await asyncio.to_thread(migrate, empty_database)
    assert "half" not in await tables(empty_database)
    assert await applied(empty_database) == []


async def test_a_database_knows_whether_it_is_migrated(empty_database: str) -> None:
    async with Database(empty_database) as database:
        async with database.transaction(INSTALLATION) as connection:
            before = await is_migrated(connection)
        await asyncio.to_thread(migrate, empty_database)
        async with database.transaction(INSTALLATION) as connection:
            assert (before, await is_migrated(connection)) == (False, True)


async def test_there_is_no_way_back(empty_database: str) -> None:
    await asyncio.to_thread(migrate, empty_database)
    async with await psycopg.AsyncConnection.connect(empty_database) as connection:
        for file in migrations.MIGRATIONS.glob("*.sql"):
            down = file.read_text().partition("-- migrate:down")[2]
            with pytest.raises(psycopg.errors.RaiseException, match="forward only"):
                await connection.execute(down.encode())
            await connection.rollback()


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://u:p@localhost/db", "postgres://u:p@localhost/db?sslmode=disable"),
        ("postgresql://u:p@db.internal/db", "postgres://u:p@db.internal/db?sslmode=prefer"),
        ("postgres://u@h/db?sslmode=require", "postgres://u@h/db?sslmode=require"),
    ],
)
def test_dbmate_is_told_whether_to_use_tls(address: str, expected: str) -> None:
    assert dbmate_url(address) == expected


def test_the_command_names_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    assert migrations.main() == 2
    assert "set DATABASE_URL" in capsys.readouterr().err


def test_the_command_tells_of_a_database_that_is_away_without_the_password(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://u:pa55w0rd@127.0.0.1:1/db")
    assert migrations.main() == 1
    message = capsys.readouterr().err
    assert message.startswith("store.migrate: ")
    assert "pa55w0rd" not in message


async def test_an_owner_who_is_no_superuser_migrates_and_works_with_one_address() -> None:
    """As on a managed server: the owner may make roles, and has to take the new one on itself."""
    async with EmbeddedPostgres() as postgres:
        url = await postgres.create_database("managed")
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as superuser:
            await superuser.execute("CREATE EXTENSION vector")
            await superuser.execute("CREATE ROLE keeper LOGIN CREATEROLE PASSWORD 'kept'")
            await superuser.execute("ALTER DATABASE managed OWNER TO keeper")
            await superuser.execute("GRANT ALL ON SCHEMA public TO keeper")
        parts = urlsplit(url)
        own = urlunsplit(parts._replace(netloc=f"keeper:kept@{parts.hostname}:{parts.port}"))
        await asyncio.to_thread(migrate, own)
        await ensure_workspace_and_keys(own, "w", {})
        async with Database(own) as database, database.transaction("w") as connection:
            await audit.record(connection, "w", actor="a", action="b", subject="c")
            role = await fetch_one(connection, "SELECT current_user AS name", {})
    assert role == {"name": "learning_loop_app"}
