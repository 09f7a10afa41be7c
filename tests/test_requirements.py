"""The locks: hashed, without any address; and no tracked file that names a machine of ours."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "requirements"
LOCKS = sorted(path.name for path in FOLDER.glob("*.txt"))
NAMES = sorted(path.stem for path in FOLDER.glob("*.in"))
PINNED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==(\S+?)(?: ; .+)?((?: --hash=sha256:[0-9a-f]{64})+)$")

every_lock = pytest.mark.parametrize("lock", LOCKS)


def entries(lock: str) -> list[str]:
    """Return the logical lines of a lock, with single blanks."""
    text = (FOLDER / lock).read_text().replace("\\\n", " ")
    lines = (" ".join(line.split()) for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def plain(name: str) -> str:
    """Return a name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: str) -> dict[str, set[str]]:
    versions = dict[str, set[str]]()
    for entry in entries(lock):
        match = PINNED.match(entry)
        assert match is not None, entry
        versions.setdefault(plain(match[1]), set()).add(match[2])
    return versions


def wanted(name: str) -> list[str]:
    lines = (FOLDER / f"{name}.in").read_text().splitlines()
    requirements = (line.partition("#")[0].strip() for line in lines)
    names = (re.match(r"[A-Za-z0-9._-]+", line) for line in requirements if line[:1] != "-")
    return [plain(match[0]) for match in names if match]


def test_every_input_has_its_lock() -> None:
    assert [f"{name}.txt" for name in NAMES] == LOCKS


@every_lock
def test_every_entry_is_pinned_and_hashed(lock: str) -> None:
    assert locked(lock)


@every_lock
def test_no_lock_holds_an_address_or_an_option(lock: str) -> None:
    text = (FOLDER / lock).read_text()
    assert "://" not in text
    assert not re.search(r"^\s*-", re.sub(r"^ +--hash=.*$", "", text, flags=re.M), re.M)
    assert not re.search(r"index-url|find-links|trusted-host| @ ", text)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_wanted_is_locked(name: str) -> None:
    assert set(wanted(name)) <= set(locked(f"{name}.txt"))


def test_locks_agree_on_what_they_share() -> None:
    runtime, dev = locked("runtime.txt"), locked("dev.txt")
    assert {name: dev[name] for name in dev.keys() & runtime.keys()} == {
        name: runtime[name] for name in dev.keys() & runtime.keys()
    }


def grep(*patterns: str) -> list[str]:
    """Return the lines of tracked files, outside this one, that match."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    flags = [part for pattern in patterns for part in ("-e", pattern)]
    done = subprocess.run(
        ["git", "grep", "-nIE", *flags, "--", ".", ":!tests/test_requirements.py"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode in {0, 1}, done.stderr
    return done.stdout.splitlines()


def test_no_tracked_file_names_a_package_index() -> None:
    hosts = ("pypi\\.org/simple", "files\\.pythonhosted", '[a-z0-9.-]+/simple/?"?$')
    options = ("--(extra-)?index-url", "--find-links", "--trusted-host", "(PIP|UV)_[A-Z_]*INDEX")
    assert grep(*hosts, *options) == []


def test_no_tracked_file_names_a_home_folder() -> None:
    assert grep("(^|[^A-Za-z0-9_.])/(root|home)/[A-Za-z0-9._-]") == []
