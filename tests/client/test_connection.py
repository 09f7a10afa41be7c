"""Which address and key a command calls with."""

import json
from pathlib import Path

import pytest

from client.connection import Given, find_target
from client.errors import ConfigurationError
from domain.identity import ApiRole

STACK = {"api": "http://127.0.0.1:8000", "keys": {"reviewer": "ll_r", "lead": "ll_l"}}


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment whose folder holds a running stack."""
    (tmp_path / "stack.json").write_text(json.dumps(STACK))
    return {"LEARNING_LOOP_HOME": str(tmp_path)}


def test_the_running_stack_gives_address_and_the_roles_key(environ: dict[str, str]) -> None:
    target = find_target(Given(), ApiRole.LEAD, environ)

    assert (target.url, target.key) == ("http://127.0.0.1:8000", "ll_l")


def test_options_win_over_the_environment_and_that_over_the_stack(
    environ: dict[str, str],
) -> None:
    environ |= {"LEARNING_LOOP_API_URL": "http://env", "LEARNING_LOOP_API_KEY": "env"}

    assert find_target(Given(), ApiRole.LEAD, environ).url == "http://env"
    given = find_target(Given(url="https://given/", key="g"), ApiRole.LEAD, environ)
    assert (given.url, given.key) == ("https://given", "g")


def test_the_stacks_key_never_goes_to_another_address(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="No API key is known for http://elsewhere"):
        find_target(Given(url="http://elsewhere"), ApiRole.LEAD, environ)


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://x", "127.0.0.1"])
def test_an_address_needs_its_scheme(environ: dict[str, str], url: str) -> None:
    with pytest.raises(ConfigurationError, match="http://"):
        find_target(Given(url=url, key="k"), ApiRole.LEAD, environ)


def test_a_key_that_no_header_can_hold_is_refused(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError, match="characters"):
        find_target(Given(key="geheim\n"), ApiRole.LEAD, environ)
