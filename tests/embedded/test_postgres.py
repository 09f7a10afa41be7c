import os
import signal
from pathlib import Path

import psycopg
import pytest

from embedded import placement
from embedded.errors import AlreadyRunningError
from embedded.logs import ChildLog
from embedded.ports import any_free_port
from embedded.postgres import EmbeddedPostgres, PostgresService
from embedded.service import start_service

as_root = pytest.mark.skipif(not placement.is_root(), reason="only root needs another user")


async def fetch(url: str, statement: str) -> object:
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        cursor = await connection.execute(statement.encode())
        row = await cursor.fetchone() if cursor.description else None
        return row[0] if row else None


async def test_a_throw_away_server_has_pgvector_and_leaves_nothing() -> None:
    async with EmbeddedPostgres() as pg:
        await fetch(pg.url, "CREATE EXTENSION vector")
        assert await fetch(pg.url, "SELECT '[1,2]'::vector <-> '[1,3]'::vector") == 1.0
        home = pg.data_dir.parent
    assert not home.exists()


async def test_each_database_has_its_own_tables() -> None:
    async with EmbeddedPostgres() as pg:
        other = await pg.create_database("other")
        await fetch(other, "CREATE TABLE t ()")
        assert await fetch(pg.url, "SELECT to_regclass('t')") is None
        assert await pg.create_database("other") == other


async def test_a_wrong_password_is_refused() -> None:
    async with EmbeddedPostgres() as pg:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            await fetch(pg.url.replace(pg.service.password, "guess"), "SELECT 1")


async def test_data_survives_a_killed_server_in_a_path_with_spaces(folder: Path) -> None:
    data = folder / "with a space" / "data"
    async with EmbeddedPostgres(data) as pg:
        await fetch(pg.url, "CREATE TABLE t AS SELECT 42 AS n")
        os.kill(pg.pid, signal.SIGKILL)
    async with EmbeddedPostgres(data) as pg:
        assert await fetch(pg.url, "SELECT n FROM t") == 42


async def test_a_server_that_still_runs_on_the_data_is_ended_first(folder: Path) -> None:
    orphan = PostgresService(folder / "data", any_free_port(), folder / "data.password")
    log = ChildLog("postgres", folder / "orphan.log")
    child = await start_service(orphan, log)
    await fetch(orphan.url(), "CREATE TABLE t AS SELECT 1 AS n")
    async with EmbeddedPostgres(folder / "data") as pg:
        assert await child.wait() == 0
        assert await fetch(pg.url, "SELECT n FROM t") == 1
    await child.stop()
    log.close()


async def test_a_second_server_on_the_same_data_is_refused(folder: Path) -> None:
    async with EmbeddedPostgres(folder / "data") as pg:
        with pytest.raises(AlreadyRunningError, match=f"held by process {os.getpid()}"):
            async with EmbeddedPostgres(folder / "data"):
                pass
        assert await fetch(pg.url, "SELECT 1") == 1


async def test_data_without_its_password_is_kept_aside(folder: Path) -> None:
    async with EmbeddedPostgres(folder / "data") as pg:
        await fetch(pg.url, "CREATE TABLE t ()")
    (folder / "data.password").unlink()
    async with EmbeddedPostgres(folder / "data") as pg:
        assert await fetch(pg.url, "SELECT to_regclass('t')") is None
        assert pg.service.set_aside is not None
        assert (pg.service.set_aside / "PG_VERSION").exists()


async def test_a_pid_that_now_belongs_to_another_process_does_not_stop_the_start(
    folder: Path,
) -> None:
    async with EmbeddedPostgres(folder / "data") as pg:
        pid_file = pg.data_dir / "postmaster.pid"
        lines = pid_file.read_text().splitlines()
        os.kill(pg.pid, signal.SIGKILL)
    # Our parent lives, is not Postgres, and started at another time than the file says.
    pid_file.write_text("\n".join([str(os.getppid()), lines[1], "1000", *lines[3:]]) + "\n")
    async with EmbeddedPostgres(folder / "data") as pg:
        assert await fetch(pg.url, "SELECT 1") == 1


@as_root
async def test_data_goes_elsewhere_when_the_folder_is_closed_to_postgres(
    tmp_path: Path, shared: Path
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    service = PostgresService(closed / "postgres", 0, closed / "postgres.password")
    assert service.data_dir.is_relative_to(shared)
    again = PostgresService(closed / "postgres", 0, closed / "postgres.password")
    assert again.data_dir == service.data_dir
    assert oct(closed.stat().st_mode & 0o777) == "0o700"


@as_root
async def test_binaries_are_copied_when_postgres_cannot_reach_them(
    shared: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> bool:
        return False

    monkeypatch.setattr(placement, "_may_run", never)
    assert placement.binaries().is_relative_to(shared)
    async with EmbeddedPostgres() as pg:
        await fetch(pg.url, "CREATE EXTENSION vector")


@as_root
def test_a_shared_folder_of_somebody_else_is_refused(folder: Path, shared: Path) -> None:
    target = placement.shared_folder(folder / "x")
    assert target.parent == shared
    os.chown(target, 65534, 65534)
    with pytest.raises(placement.EmbeddedError, match="belongs to somebody else"):
        placement.shared_folder(folder / "x")
