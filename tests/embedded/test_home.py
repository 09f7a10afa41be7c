import os
import stat
from pathlib import Path

import pytest

from domain.identity import ApiRole
from embedded.errors import AlreadyRunningError
from embedded.home import Home, Ports, StackInfo


def info(home: Home) -> StackInfo:
    return StackInfo(
        api="http://127.0.0.1:8000",
        temporal="127.0.0.1:7233",
        temporal_ui="",
        database_url="",
        keys=home.api_keys(),
    )


def test_a_second_holder_is_told_who_holds_the_folder(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    with home.locked():
        home.write_info(info(home))
        with (
            pytest.raises(AlreadyRunningError, match=f"pid {os.getpid()}, API at http://127"),
            Home(tmp_path / "home").locked(),
        ):
            pass
        assert (home.path / "stack.json").exists()


def test_the_folder_can_be_held_again_afterwards(tmp_path: Path) -> None:
    home = Home(tmp_path)
    for _ in range(2):
        with home.locked():
            pass


def test_what_a_killed_run_left_is_forgotten(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.write_info(info(home))
    with home.locked():
        assert not (home.path / "stack.json").exists()


def test_every_role_has_a_key_that_stays(tmp_path: Path) -> None:
    keys = Home(tmp_path).api_keys()
    assert set(keys) == set(ApiRole)
    assert all(key.startswith(f"ll_{role}_") and len(key) > 30 for role, key in keys.items())
    assert Home(tmp_path).api_keys() == keys


@pytest.mark.parametrize("name", ["stack.json", "keys.json", "session.secret"])
def test_secrets_are_for_the_owner_only(tmp_path: Path, name: str) -> None:
    home = Home(tmp_path)
    home.session_secret()
    home.write_info(info(home))
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_ports_are_remembered(tmp_path: Path) -> None:
    assert Home(tmp_path).last_ports() is None
    Home(tmp_path).remember_ports(Ports(api=8123))
    assert Home(tmp_path).last_ports() == Ports(api=8123)
