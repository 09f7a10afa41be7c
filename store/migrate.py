"""Brings the database to the newest schema: runs dbmate over `migrations/`, one runner at a time.

`python -m store.migrate` signs in by `LEARNING_LOOP_OWNER_DATABASE_URL`, else `DATABASE_URL`. With
`LEARNING_LOOP_APP_PASSWORD` it also makes the login of the other processes (see `store/login.py`).
There is no way back: a wrong migration is mended by the next one.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import psycopg

from store.database import Connection, fetch_one
from store.login import LoginError, ensure_login
from store.queries import query

OWNER_URL = "LEARNING_LOOP_OWNER_DATABASE_URL"
LOGIN_PASSWORD = "LEARNING_LOOP_APP_PASSWORD"  # noqa: S105
MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_LOCK = 0x10AD_10C0
_WAIT_SECONDS = 120


class MigrationError(RuntimeError):
    """The database could not be brought to the newest schema."""


def migrate(database_url: str) -> None:
    """Apply the migrations that the database lacks; safe to call from several places at once.

    Polls for the lock instead of blocking on it: a blocked session would keep a snapshot open,
    which `CREATE INDEX CONCURRENTLY` waits for. Raises MigrationError with dbmate's own words.
    """
    with psycopg.connect(database_url, autocommit=True) as connection:
        _check_rights(connection)
        deadline = time.monotonic() + _WAIT_SECONDS
        while not _try_lock(connection):
            if time.monotonic() > deadline:
                raise MigrationError("another migration has held the lock for two minutes")
            time.sleep(0.1)
        _run_dbmate(database_url)


def _check_rights(connection: psycopg.Connection) -> None:
    row = connection.execute(query("may_migrate")).fetchone()
    if row and not row[1]:
        raise MigrationError(
            f"{row[0]} may not change the schema: put the address of the tables' owner into "
            f"{OWNER_URL}"
        )


def _try_lock(connection: psycopg.Connection) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
    return bool(row and row[0])


def _run_dbmate(database_url: str) -> None:
    """Run dbmate with the address in its environment, where no process list shows it."""
    beside_python = Path(sys.executable).parent / "dbmate"
    result = subprocess.run(  # noqa: S603
        [
            str(beside_python) if beside_python.exists() else "dbmate",
            "--no-dump-schema",
            f"--migrations-dir={MIGRATIONS}",
            "up",
            "--strict",
        ],
        env={**os.environ, "DATABASE_URL": dbmate_url(database_url)},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        # Which migration it was stands in its output, what is wrong with it among the errors.
        said = [*result.stdout.strip().splitlines()[-1:], result.stderr.strip()]
        raise MigrationError(f"dbmate failed: {'; '.join(part for part in said if part)}")


def dbmate_url(database_url: str) -> str:
    """Return the address as dbmate's driver wants it: it asks for TLS unless told otherwise."""
    parts = urlsplit(database_url)
    query = dict(parse_qsl(parts.query))
    query.setdefault("sslmode", "disable" if _is_local(parts.hostname) else "prefer")
    return urlunsplit(("postgres", parts.netloc, parts.path, urlencode(query), ""))


def _is_local(host: str | None) -> bool:
    return host in {None, "", "127.0.0.1", "localhost", "::1"}


async def is_migrated(connection: Connection) -> bool:
    """Return whether the database has the newest migration that this code brings."""
    newest = max(file.name.partition("_")[0] for file in MIGRATIONS.glob("*.sql"))
    try:
        row = await fetch_one(connection, query("ping"), {})
    except psycopg.errors.UndefinedTable:
        return False
    return row is not None and (row["version"] or "") >= newest


def main() -> int:
    """Migrate the database that the environment names; return the exit code."""
    url = os.environ.get(OWNER_URL) or os.environ.get("DATABASE_URL")
    if not url:
        sys.stderr.write("store.migrate: set DATABASE_URL to postgresql://user:password@host/db\n")
        return 2
    try:
        migrate(url)
        if password := os.environ.get(LOGIN_PASSWORD):
            ensure_login(url, password)
    except (MigrationError, LoginError, psycopg.OperationalError) as error:
        sys.stderr.write(f"store.migrate: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
