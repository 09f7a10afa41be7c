"""The folder that a stack owns (`.learning-loop`): its files, its lock, and what it remembers.

What stays between runs: data, secrets, API keys and the ports of last time. `stack.json` exists
only while a stack runs.
"""

import secrets
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from domain.identity import ApiRole
from embedded import files, placement
from embedded.errors import AlreadyRunningError

Keys = dict[str, str]
_KEYS = TypeAdapter(Keys)


class StackInfo(BaseModel):
    """What `stack.json` tells integrations and the command line."""

    api: str
    temporal: str
    temporal_ui: str
    database_url: str
    keys: Keys


class Ports(BaseModel):
    """Preferred TCP ports; 0 asks for any free one."""

    api: int = 8000
    temporal: int = 7233
    temporal_ui: int = 8233
    postgres: int = 5433


ANY_PORTS = Ports(api=0, temporal=0, temporal_ui=0, postgres=0)


class Home:
    """Paths and small files under one folder, which is made on construction."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        # As root, Postgres runs as another user and has to walk through; it can list nothing.
        mode = 0o711 if placement.is_root() else 0o700
        self.path.mkdir(parents=True, exist_ok=True)
        self.path.chmod(mode)
        self.logs = self.path / "logs"
        self.postgres_data = self.path / "postgres"
        self.postgres_password = self.path / "postgres.password"
        self.postgres_login_password = self.path / "postgres.login.password"
        self.temporal_db = self.path / "temporal.db"
        self._lock = self.path / "lock"
        self._stack = self.path / "stack.json"
        self._keys = self.path / "keys.json"
        self._ports = self.path / "ports.json"
        self._session_secret = self.path / "session.secret"

    def log(self, name: str) -> Path:
        return self.logs / f"{name}.log"

    def record(self, name: str) -> Path:
        """Where the pid of a running child is kept."""
        return self.path / "run" / f"{name}.json"

    @contextmanager
    def locked(self) -> Generator[None]:
        """Holds the folder; the kernel lets go of it when this process dies.

        Raises AlreadyRunningError when another process holds it.
        """
        with ExitStack() as held:
            try:
                held.enter_context(files.exclusive(self._lock))
            except files.HeldError as error:
                raise AlreadyRunningError(self._who_runs(error.pid)) from error
            # Left behind by a killed run.
            self.forget_info()
            yield

    def _who_runs(self, pid: str) -> str:
        try:
            api = StackInfo.model_validate_json(self._stack.read_text()).api
        except (OSError, ValidationError):
            api = "(still starting)"
        return f"already running, pid {pid}, API at {api} (folder {self.path})"

    def write_info(self, info: StackInfo) -> None:
        files.write_private(self._stack, info.model_dump_json(indent=2) + "\n")

    def forget_info(self) -> None:
        self._stack.unlink(missing_ok=True)

    def api_keys(self) -> Keys:
        """A raw key for each role, the same ones in every run."""
        try:
            kept = _KEYS.validate_json(self._keys.read_text())
        except (OSError, ValidationError):
            kept = Keys()
        keys: Keys = {
            role.value: kept.get(role) or f"ll_{role}_{secrets.token_urlsafe(24)}"
            for role in ApiRole
        }
        if keys != kept:
            files.write_private(self._keys, _KEYS.dump_json(keys, indent=2).decode() + "\n")
        return keys

    def session_secret(self) -> str:
        return files.persistent_secret(self._session_secret)

    def last_ports(self) -> Ports | None:
        try:
            return Ports.model_validate_json(self._ports.read_text())
        except (OSError, ValidationError):
            return None

    def remember_ports(self, ports: Ports) -> None:
        files.write_private(self._ports, ports.model_dump_json() + "\n")
