"""Postgres 18 with pgvector on this machine, as a child of this process.

    async with EmbeddedPostgres() as pg:                # throw-away: temporary folder, free port
        await psycopg.AsyncConnection.connect(pg.url)
        other = await pg.create_database("test_7")      # one more on the same server; its URL
    async with EmbeddedPostgres(Path("data"), port=5433) as pg: ...      # kept between runs

A throw-away server is removed at the end and does not flush to disk unless
`durability=Durability.FSYNC` is given; a kept one does. As root it runs as a system user (see
`embedded.placement`); `pg.data_dir` tells where the data really is.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import time
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from embedded import files, placement
from embedded.errors import AlreadyRunningError, EmbeddedError, StartError
from embedded.logs import ChildLog, Echo
from embedded.ports import LOOPBACK, any_free_port
from embedded.processes import Child, Command, ProcessRecord, end_process
from embedded.service import start_service, with_tail
from store.login import LOGIN

ROLE = "learning_loop"
DATABASE = "learning_loop"
CLIENT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
PORT_TRIES = 5
# The postmaster notes when it started in whole seconds, after the guard and the dynamic linker ran.
PIDFILE_TOLERANCE = 10.0


class Durability(StrEnum):
    """`fsync`: a commit survives a power cut. `none`: faster, for data that nobody will miss."""

    FSYNC = "fsync"
    NONE = "none"


class PostgresService:
    """Postgres as the supervisor runs it. The password is kept in `password_file` (mode 600)."""

    name = "postgres"
    start_seconds = 60.0

    def __init__(
        self,
        data_dir: Path,
        port: int,
        password_file: Path,
        durability: Durability = Durability.FSYNC,
    ) -> None:
        self.data_dir = placement.data_folder(data_dir)
        self.port = port
        self.durability = durability
        self._password_file = password_file
        # The password was deleted with its folder, while the data was kept elsewhere: a fresh
        # start was meant, but the old data is not ours to delete.
        self.set_aside: Path | None = None
        if not password_file.exists() and self.data_dir.exists():
            self.set_aside = self.data_dir.with_name(f"{self.data_dir.name}-{int(time.time())}")
        self.password = files.persistent_secret(password_file)
        self._user = placement.system_user()
        self._bin = placement.binaries()

    def url(self, database: str = DATABASE) -> str:
        return self._url(ROLE, self.password, database)

    def login_url(self, password: str) -> str:
        """How the processes sign in, once the migrations have made their login."""
        return self._url(LOGIN, password, DATABASE)

    def _url(self, role: str, password: str, database: str) -> str:
        return f"postgresql://{role}:{quote(password)}@{LOOPBACK}:{self.port}/{database}"

    async def prepare(self) -> Command:
        await self._end_orphan()
        if self.set_aside is not None and not self.set_aside.exists():
            self.data_dir.rename(self.set_aside)
        if not (self.data_dir / "PG_VERSION").exists():
            await self._initialise()
        settings = {
            "listen_addresses": LOOPBACK,
            "port": str(self.port),
            "unix_socket_directories": "",
            "logging_collector": "off",
            "log_destination": "stderr",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "max_connections": "200",
            # An index of vectors that does not fit is read from the system at every step: with
            # 100,000 items a search took 10 ms instead of 2. Taken only as far as it is used.
            "shared_buffers": "512MB",
            # Details and statements quote rows, and rows hold what customers wrote.
            "log_error_verbosity": "terse",
            "log_min_error_statement": "panic",
        }
        if self.durability is Durability.NONE:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return self._command("postgres", "-D", str(self.data_dir), *options)

    def _command(self, program: str, *arguments: str) -> Command:
        env = {name: os.environ[name] for name in CLIENT_VARIABLES if name in os.environ}
        # Postgres takes a pid file with this pid for a stale one, see `_disown_pid_file`.
        env |= {"LC_ALL": "C", "PG_GRANDPARENT_PID": str(os.getpid())}
        return Command(
            name=self.name,
            argv=(str(self._bin / program), *arguments),
            env=env,
            cwd=self.data_dir.parent,
            user=self._user.pw_name if self._user else None,
            # SIGINT is Postgres's fast shutdown: it ends sessions and writes a checkpoint.
            stop_signal=signal.SIGINT,
            grace=30.0,
        )

    async def _initialise(self) -> None:
        """Makes the cluster beside its place and moves it there: a kill leaves no half of it."""
        fresh = self.data_dir.with_name(self.data_dir.name + ".new")
        password = fresh.with_name(fresh.name + ".password")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        files.write_private(password, self.password)
        if self._user is not None:
            for path in (fresh, password):
                os.chown(path, self._user.pw_uid, self._user.pw_gid)
        log = ChildLog("initdb", self._password_file.parent / "logs" / "initdb.log")
        arguments = [
            "-D",
            str(fresh),
            "-U",
            ROLE,
            "--auth=scram-sha-256",
            f"--pwfile={password}",
            "--encoding=UTF8",
        ]
        # Sorting and case rules come with Postgres, not from this machine.
        arguments += [
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--no-instructions",
        ]
        if self.durability is Durability.NONE:
            arguments.append("--no-sync")
        try:
            child = await Child.start(self._command("initdb", *arguments), log)
            try:
                code = await child.wait()
            finally:
                await child.stop()
            if code != 0:
                raise with_tail(StartError("initdb failed"), log)
        finally:
            password.unlink(missing_ok=True)
            log.close()
        if self.data_dir.exists():
            self.data_dir.rmdir()
        fresh.rename(self.data_dir)

    async def _end_orphan(self) -> None:
        """Ends a server that still runs on our data after its supervisor was killed."""
        pid_file = self.data_dir / "postmaster.pid"
        try:
            lines = pid_file.read_text().splitlines()
            remembered = ProcessRecord(pid=int(lines[0]), started=float(lines[2]))
        except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
            return
        actual = ProcessRecord.of(remembered.pid)
        if actual is None:
            return
        if abs(actual.started - remembered.started) <= PIDFILE_TOLERANCE:
            await end_process(actual, signal.SIGINT)
        elif remembered.pid != os.getpid():
            self._disown_pid_file(pid_file, lines)

    def _disown_pid_file(self, pid_file: Path, lines: list[str]) -> None:
        """The pid now belongs to another process: names ourselves instead.

        Postgres ignores its parent's pid there, but still checks the shared memory named further
        down, which a deleted file would lose.
        """
        with pid_file.open("r+") as file:
            file.write("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
            file.truncate()

    async def is_ready(self, child: Child) -> bool:
        """True when our own child serves our database, which is made on the first start."""
        try:
            lines = (self.data_dir / "postmaster.pid").read_text().splitlines()
            if len(lines) < 8 or lines[7].strip() != "ready":
                return False
            await self.create_database(DATABASE)
        except (FileNotFoundError, psycopg.OperationalError):
            return False
        return child.returncode is None

    async def create_database(self, name: str) -> None:
        """Makes the database unless it exists."""
        url = self.url("postgres")
        async with await psycopg.AsyncConnection.connect(
            url, autocommit=True, connect_timeout=5
        ) as connection:
            found = await connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
            if await found.fetchone() is None:
                with contextlib.suppress(
                    psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation
                ):
                    await connection.execute(
                        sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
                    )


class EmbeddedPostgres:
    """A Postgres server for the length of an `async with`; see the module's docstring."""

    def __init__(
        self,
        data_dir: Path | None = None,
        *,
        port: int = 0,
        durability: Durability | None = None,
        echo: Echo | None = None,
    ) -> None:
        self._held = ExitStack()
        self._throw_away = placement.throw_away_folder() if data_dir is None else None
        self._home = self._throw_away or placement.data_folder(data_dir or Path()).parent
        self._wanted_dir = data_dir or self._home / "postgres"
        self._durability = durability or (Durability.NONE if self._throw_away else Durability.FSYNC)
        self._port = port
        self._echo = echo
        self._child: Child | None = None
        self._service: PostgresService | None = None

    @property
    def service(self) -> PostgresService:
        if self._service is None:
            raise EmbeddedError("Postgres is not running: use `async with`")
        return self._service

    @property
    def url(self) -> str:
        """URL of the default database, password included."""
        return self.service.url()

    @property
    def port(self) -> int:
        return self.service.port

    @property
    def pid(self) -> int:
        if self._child is None:
            raise EmbeddedError("Postgres is not running: use `async with`")
        return self._child.pid

    @property
    def data_dir(self) -> Path:
        return self.service.data_dir

    async def create_database(self, name: str) -> str:
        """Makes the database unless it exists; its URL."""
        await self.service.create_database(name)
        return self.service.url(name)

    async def __aenter__(self) -> Self:
        self._hold()
        try:
            for attempt in range(PORT_TRIES):
                try:
                    await self._start()
                    return self
                except StartError:
                    # A free port can be lost before it is bound; one that was asked for stays.
                    if self._port or attempt == PORT_TRIES - 1:
                        raise
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        raise AssertionError("unreachable")

    def _hold(self) -> None:
        """Keeps a second server for the same data away: it would take ours for an orphan."""
        try:
            self._held.enter_context(files.exclusive(self._home / f"{self._wanted_dir.name}.lock"))
        except files.HeldError as error:
            raise AlreadyRunningError(f"{self._wanted_dir} is {error}") from error

    async def _start(self) -> None:
        name = self._wanted_dir.name
        self._service = PostgresService(
            self._wanted_dir,
            self._port or any_free_port(),
            self._home / f"{name}.password",
            self._durability,
        )
        log = ChildLog(
            "postgres",
            self._home / f"{name}.log",
            echo=self._echo,
            secrets=[self._service.password],
        )
        try:
            self._child = await start_service(self._service, log)
        except StartError as error:
            raise with_tail(error, log) from error

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if self._child is not None:
            await self._child.stop()
            self._child.log.close()
            self._child = None
        self._held.close()
        if self._throw_away is not None:
            await asyncio.to_thread(shutil.rmtree, self._throw_away, ignore_errors=True)
