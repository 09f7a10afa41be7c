"""The whole stack, or some parts of it, for the length of an `async with`.

    async with EmbeddedStack(Path(".learning-loop")) as stack:       # everything, kept between runs
        stack.info.api, stack.info.keys["reviewer"]                  # what stack.json says
        await stack.wait()                                           # until a part cannot be kept

    async with EmbeddedStack() as stack: ...                         # throw-away, on free ports
    async with EmbeddedStack(only={Part.POSTGRES, Part.TEMPORAL}) as stack:
        stack.env["DATABASE_URL"], stack.env["TEMPORAL_ADDRESS"]     # for your own processes

With a folder, DATABASE_URL and Temporal's own configuration in `environ` make those parts external;
a throw-away stack ignores them and always starts its own. What dies is started again on its port.

`stack.info.database_url` signs in as the tables' owner, for operators. `env["DATABASE_URL"]` is
what the processes get: once our own Postgres is migrated, that of a login which owns nothing. An
external database has one address for all, unless LEARNING_LOOP_OWNER_DATABASE_URL is the owner's.
"""

import asyncio
import os
import shutil
from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Self

from embedded import externals, placement
from embedded.applications import ApiService, WorkerService, python_module
from embedded.errors import EmbeddedError
from embedded.files import persistent_secret
from embedded.home import ANY_PORTS, Home, Ports, StackInfo
from embedded.logs import Echo
from embedded.ports import LOOPBACK, choose_port
from embedded.postgres import Durability, PostgresService
from embedded.supervisor import Report, Supervisor
from embedded.temporal import DEFAULT_NAMESPACE, TemporalService
from store.migrate import LOGIN_PASSWORD, OWNER_URL

WORKSPACE = "default"


class Part(StrEnum):
    """What a stack can consist of. Migrations also make the workspace and the API keys."""

    POSTGRES = "postgres"
    TEMPORAL = "temporal"
    MIGRATIONS = "migrations"
    WORKER = "worker"
    API = "api"


@dataclass(frozen=True)
class Login:
    """How the processes sign in to our own Postgres."""

    password: str = field(repr=False)
    url: str = field(repr=False)


class EmbeddedStack:
    """See the module. `report` gets sentences for a person, `echo` the children's lines."""

    def __init__(
        self,
        home: Path | None = None,
        *,
        only: Collection[Part | str] = tuple(Part),
        environ: Mapping[str, str] | None = None,
        ports: Ports | None = None,
        durability: Durability | None = None,
        echo: Echo | None = None,
        report: Report | None = None,
    ) -> None:
        self._throw_away = placement.throw_away_folder() if home is None else None
        self.home = Home(self._throw_away or home or Path())
        self._parts = {Part(part) for part in only}
        self._ports = ports or (ANY_PORTS if self._throw_away else Ports())
        self._durability = durability or (Durability.NONE if self._throw_away else Durability.FSYNC)
        self._report: Report = report or (lambda _sentence: None)
        self._supervisor = Supervisor(self.home, echo=echo, report=self._report)
        self._lock = ExitStack()
        self._info: StackInfo | None = None
        # Where this machine reaches the API; LEARNING_LOOP_API_URL may be a public address.
        self._api_url = ""
        self._login: Login | None = None
        self.env: dict[str, str] = dict(os.environ if environ is None else environ)
        if self._throw_away is not None:
            self._forget_externals()
        # For the migrations alone: no process must be able to become the owner.
        self._owner_url = self.env.pop(OWNER_URL, "")
        self.env.pop(LOGIN_PASSWORD, None)

    def _forget_externals(self) -> None:
        self.env.pop("DATABASE_URL", None)
        for name in [name for name in self.env if name.startswith("TEMPORAL_")]:
            del self.env[name]
        # A configuration file in the person's home could name a server.
        self.env["TEMPORAL_CONFIG_FILE"] = os.devnull

    @property
    def info(self) -> StackInfo:
        """What `stack.json` says. Raises EmbeddedError before everything is ready."""
        if self._info is None:
            raise EmbeddedError("the stack is not running: use `async with`")
        return self._info

    def pid(self, part: Part | str) -> int:
        """The pid of a part's process of the moment."""
        return self._supervisor.pid(Part(part))

    async def wait(self) -> None:
        """Waits for ever; raises StartError when a part could not be kept alive."""
        await self._supervisor.wait()

    async def ready(self) -> None:
        """Waits until every part is ready, for example again after a crash."""
        await self._supervisor.until_ready()

    def kill(self) -> None:
        """Kills every child at once, for a person who cannot wait for an orderly stop."""
        self._supervisor.kill()

    async def __aenter__(self) -> Self:
        try:
            self._lock.enter_context(self.home.locked())
            await self._supervisor.end_orphans()
            await self._start()
        except BaseException:
            await self._stop()
            raise
        return self

    async def __aexit__(
        self,
        _type: type[BaseException] | None,
        _value: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self._stop()

    async def _stop(self) -> None:
        try:
            await self._supervisor.stop()
        finally:
            if self._info is not None:
                self.home.forget_info()
                self._info = None
            self._lock.close()
            if self._throw_away is not None:
                await asyncio.to_thread(shutil.rmtree, self._throw_away, ignore_errors=True)

    async def _start(self) -> None:
        ports = self._choose_ports()
        self._prepare_environment(ports)
        postgres_external = "DATABASE_URL" in self.env
        temporal_external = externals.temporal_address(self.env) is not None
        if Part.POSTGRES in self._parts and not postgres_external:
            self._keep_postgres(ports)
        if Part.TEMPORAL in self._parts and not temporal_external:
            self._keep_temporal(ports)
        await self._supervisor.until_ready()
        if postgres_external:
            await self._use_external_postgres()
        if temporal_external:
            await externals.register_search_attributes(self.env)
        keys = self.home.api_keys()
        if Part.MIGRATIONS in self._parts:
            await self._migrate(keys)
        self._keep_applications()
        await self._supervisor.until_ready()
        self._info = self._describe(keys)
        self.home.write_info(self._info)
        self.home.remember_ports(ports)

    def _choose_ports(self) -> Ports:
        """Last time's ports where they are free, for this whole run."""
        wanted = self.home.last_ports() or self._ports
        if explicit := self.env.get("LEARNING_LOOP_API_PORT"):
            if not explicit.isdecimal():
                raise EmbeddedError(f"LEARNING_LOOP_API_PORT is not a number: {explicit}")
            wanted = wanted.model_copy(update={"api": int(explicit)})
        chosen: dict[str, int] = {}
        for name, preferred in wanted:
            host = self._api_host() if name == "api" else LOOPBACK
            chosen[name] = choose_port(preferred, chosen.values(), host)
            if preferred and chosen[name] != preferred:
                label = name.replace("_", " ")
                self._report(f"port {preferred} is taken: {label} uses {chosen[name]} instead")
        return Ports.model_validate(chosen)

    def _api_host(self) -> str:
        return self.env.get("LEARNING_LOOP_API_HOST", LOOPBACK)

    def _prepare_environment(self, ports: Ports) -> None:
        host = self._api_host()
        reachable = LOOPBACK if host in {"0.0.0.0", ""} else host  # noqa: S104
        self._api_url = f"http://{reachable}:{ports.api}"
        self.env |= {
            "LEARNING_LOOP_HOME": str(self.home.path),
            "LEARNING_LOOP_API_HOST": host,
            "LEARNING_LOOP_API_PORT": str(ports.api),
        }
        self.env.setdefault("LEARNING_LOOP_WORKSPACE", WORKSPACE)
        self.env.setdefault("LEARNING_LOOP_API_URL", self._api_url)
        self.env.setdefault("LEARNING_LOOP_SESSION_SECRET", self.home.session_secret())
        self._supervisor.hide(self.env["LEARNING_LOOP_SESSION_SECRET"])

    async def _use_external_postgres(self) -> None:
        url = self.env["DATABASE_URL"]
        addresses = {"DATABASE_URL": url}
        if self._owner_url:
            addresses[OWNER_URL] = self._owner_url
        else:
            self._owner_url = url
        for variable, address in addresses.items():
            self._supervisor.hide(externals.password_in(address))
            await externals.check_postgres(address, variable)

    def _keep_postgres(self, ports: Ports) -> None:
        postgres = PostgresService(
            self.home.postgres_data,
            ports.postgres,
            self.home.postgres_password,
            self._durability,
        )
        if postgres.data_dir.parent != self.home.path and self._throw_away is None:
            self._report(
                f"Postgres's system user cannot enter {self.home.path}: "
                f"its data is in {postgres.data_dir}"
            )
        if postgres.set_aside is not None:
            self._report(f"found data without its password: kept as {postgres.set_aside}")
        password = persistent_secret(self.home.postgres_login_password)
        self._login = Login(password, postgres.login_url(password))
        for secret in (postgres.password, password):
            self._supervisor.hide(secret)
        self.env["DATABASE_URL"] = self._owner_url = postgres.url()
        self._supervisor.keep(postgres)

    def _keep_temporal(self, ports: Ports) -> None:
        namespace = self.env.get("TEMPORAL_NAMESPACE", DEFAULT_NAMESPACE)
        temporal = TemporalService(
            None if self._throw_away else self.home.temporal_db,
            ports.temporal,
            ports.temporal_ui,
            namespace=namespace,
        )
        # Meant for another server: ours has no TLS.
        for name in [n for n in self.env if n.startswith(("TEMPORAL_TLS", "TEMPORAL_API_KEY"))]:
            del self.env[name]
        self.env |= {"TEMPORAL_ADDRESS": temporal.address, "TEMPORAL_NAMESPACE": namespace}
        self.env.setdefault("LEARNING_LOOP_TEMPORAL_UI_URL", temporal.ui_url)
        self._supervisor.keep(temporal)

    async def _migrate(self, keys: dict[str, str]) -> None:
        from store.bootstrap import ensure_workspace_and_keys

        env = {**self.env, OWNER_URL: self._owner_url}
        if self._login is not None:
            env[LOGIN_PASSWORD] = self._login.password
        await self._supervisor.run_once(python_module("migrate", "store.migrate", env))
        await ensure_workspace_and_keys(self._owner_url, self.env["LEARNING_LOOP_WORKSPACE"], keys)
        if self._login is not None:
            self.env["DATABASE_URL"] = self._login.url

    def _keep_applications(self) -> None:
        needed = (Part.POSTGRES, Part.TEMPORAL)
        if Part.WORKER in self._parts:
            self._supervisor.keep(WorkerService(self.env), after=needed)
        if Part.API in self._parts:
            api = ApiService(self.env, self._api_url)
            self._supervisor.keep(api, after=needed)

    def _describe(self, keys: dict[str, str]) -> StackInfo:
        return StackInfo(
            api=self._api_url,
            temporal=self.env.get("TEMPORAL_ADDRESS") or externals.temporal_address(self.env) or "",
            temporal_ui=self.env.get("LEARNING_LOOP_TEMPORAL_UI_URL", ""),
            database_url=self._owner_url,
            keys=keys,
        )
