"""Temporal's dev server on this machine, with its UI, as a child of this process.

    async with EmbeddedTemporal() as temporal:               # throw-away: in memory, free ports
        client = await Client.connect(temporal.address)
        temporal.ui_url
    async with EmbeddedTemporal(Path("temporal.db"), port=7233) as temporal: ...  # kept

The product's search attributes are registered. `dynamic_config` adds to the server's settings,
for example `{"frontend.WorkflowTimeSkippingEnabled": "true"}`.
"""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError

from domain.search_attributes import SEARCH_ATTRIBUTES
from embedded.errors import EmbeddedError, StartError
from embedded.logs import ChildLog, Echo
from embedded.ports import LOOPBACK, any_free_port
from embedded.processes import Child, Command
from embedded.service import start_service, with_tail

DEFAULT_NAMESPACE = "default"
BINARY_VARIABLE = "LEARNING_LOOP_TEMPORAL_BIN"
PORT_TRIES = 5
# A workflow task that fails twice in a row shows in the UI as a problem; the default is five.
DYNAMIC_CONFIG = {"system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute": "2"}


def binary() -> Path:
    """The `temporal` program: LEARNING_LOOP_TEMPORAL_BIN, this environment's own, or PATH's."""
    if configured := os.environ.get(BINARY_VARIABLE):
        return Path(configured)
    beside = Path(sys.executable).parent / "temporal"
    if beside.exists():
        return beside
    if (found := shutil.which("temporal")) is not None:
        return Path(found)
    raise EmbeddedError("no `temporal` program: run `make setup`, or set TEMPORAL_ADDRESS")


class TemporalService:
    """The dev server as the supervisor runs it. Without `db_file` everything is in memory."""

    name = "temporal"
    start_seconds = 60.0

    def __init__(
        self,
        db_file: Path | None,
        port: int,
        ui_port: int,
        *,
        namespace: str = DEFAULT_NAMESPACE,
        dynamic_config: Mapping[str, str] | None = None,
    ) -> None:
        self._db_file = db_file
        self._ports = (port, ui_port)
        self._namespace = namespace
        self._dynamic_config = DYNAMIC_CONFIG | dict(dynamic_config or {})
        self.address = f"{LOOPBACK}:{port}"
        self.ui_url = f"http://{LOOPBACK}:{ui_port}"

    async def prepare(self) -> Command:
        port, ui_port = self._ports
        argv = [str(binary()), "server", "start-dev", "--ip", LOOPBACK]
        argv += ["--port", str(port), "--ui-port", str(ui_port), "--ui-disable-news-fetch"]
        argv += ["--namespace", self._namespace, "--log-format", "text", "--log-level", "warn"]
        # Reads no configuration file: this server is what the arguments say.
        argv += ["--disable-config-file", "--disable-config-env"]
        if self._db_file is not None:
            self._db_file.parent.mkdir(parents=True, exist_ok=True)
            argv += ["--db-filename", str(self._db_file.absolute())]
            argv += ["--sqlite-pragma", "journal_mode=WAL", "--sqlite-pragma", "synchronous=NORMAL"]
        for key, kind in SEARCH_ATTRIBUTES.items():
            argv += ["--search-attribute", f"{key}={kind}"]
        for key, value in self._dynamic_config.items():
            argv += ["--dynamic-config-value", f"{key}={value}"]
        kept = {"PATH", "HOME", "TMPDIR"}
        env = {name: value for name, value in os.environ.items() if name in kept}
        # A server in memory has nothing to save, and its orderly shutdown takes a second.
        stop = signal.SIGTERM if self._db_file is not None else signal.SIGKILL
        return Command(self.name, tuple(argv), env, stop_signal=stop, grace=15.0)

    async def is_ready(self, child: Child) -> bool:
        """True when the namespace knows our search attributes."""
        try:
            client = await Client.connect(self.address, namespace=self._namespace)
            known = await client.operator_service.list_search_attributes(
                ListSearchAttributesRequest(namespace=self._namespace),
                timeout=timedelta(seconds=5),
            )
        except (RPCError, RuntimeError):
            return False
        return child.returncode is None and set(SEARCH_ATTRIBUTES) <= set(known.custom_attributes)


class EmbeddedTemporal:
    """A dev server for the length of an `async with`; see the module's docstring."""

    def __init__(
        self,
        db_file: Path | None = None,
        *,
        port: int = 0,
        ui_port: int = 0,
        namespace: str = DEFAULT_NAMESPACE,
        dynamic_config: Mapping[str, str] | None = None,
        echo: Echo | None = None,
    ) -> None:
        self._db_file = db_file
        self._port = port
        self._ui_port = ui_port
        self._namespace = namespace
        self._dynamic_config = dynamic_config
        self._echo = echo
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self._child: Child | None = None
        self._service: TemporalService | None = None

    @property
    def service(self) -> TemporalService:
        if self._service is None:
            raise EmbeddedError("Temporal is not running: use `async with`")
        return self._service

    @property
    def address(self) -> str:
        """host:port of the gRPC frontend."""
        return self.service.address

    @property
    def ui_url(self) -> str:
        return self.service.ui_url

    @property
    def pid(self) -> int:
        if self._child is None:
            raise EmbeddedError("Temporal is not running: use `async with`")
        return self._child.pid

    async def client(self) -> Client:
        """A new connection to the server's namespace, with the default data converter."""
        return await Client.connect(self.address, namespace=self._namespace)

    async def __aenter__(self) -> Self:
        if self._db_file is None:
            self._scratch = tempfile.TemporaryDirectory(prefix="learning-loop-")
            log_file = Path(self._scratch.name) / "temporal.log"
        else:
            log_file = self._db_file.with_suffix(".log")
        try:
            for attempt in range(PORT_TRIES):
                try:
                    await self._start(log_file)
                    return self
                except StartError:
                    if (self._port and self._ui_port) or attempt == PORT_TRIES - 1:
                        raise
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        raise AssertionError("unreachable")

    async def _start(self, log_file: Path) -> None:
        port = self._port or any_free_port()
        ui_port = self._ui_port or any_free_port({port})
        self._service = TemporalService(
            self._db_file,
            port,
            ui_port,
            namespace=self._namespace,
            dynamic_config=self._dynamic_config,
        )
        log = ChildLog("temporal", log_file, echo=self._echo)
        try:
            self._child = await start_service(self._service, log)
        except BaseException as error:
            log.close()
            if isinstance(error, StartError):
                raise with_tail(error, log) from error
            raise

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
        if self._scratch is not None:
            self._scratch.cleanup()
            self._scratch = None
