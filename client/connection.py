"""Finds the API's address and the right key: options, then the environment, then stack.json."""

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from client.errors import ConfigurationError
from domain.base import Model
from domain.identity import ApiRole

URL_VARIABLE = "LEARNING_LOOP_API_URL"
KEY_VARIABLE = "LEARNING_LOOP_API_KEY"
HOME_VARIABLE = "LEARNING_LOOP_HOME"
DEFAULT_HOME = ".learning-loop"


class RunningStack(BaseModel):
    """What `stack.json` tells while a stack runs."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    api: str
    temporal: str = ""
    temporal_ui: str = ""
    database_url: str = ""
    keys: dict[str, str] = {}


class Given(Model):
    """What was given on the command line."""

    url: str | None = None
    key: str | None = None


class Target(Model):
    """Where to call, and with which key."""

    url: str
    key: str


def stack_file(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where a running stack of this folder tells its address."""
    return Path(environ.get(HOME_VARIABLE) or DEFAULT_HOME) / "stack.json"


def running_stack(environ: Mapping[str, str] = os.environ) -> RunningStack | None:
    """Return what the running stack tells; None if none runs here."""
    try:
        return RunningStack.model_validate_json(stack_file(environ).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def find_target(given: Given, role: ApiRole, environ: Mapping[str, str] = os.environ) -> Target:
    """Return the address and the key to call with as `role`; raises ConfigurationError.

    The running stack's keys go to the running stack only, never to an address given otherwise.
    """
    stack = running_stack(environ)
    url = given.url or environ.get(URL_VARIABLE) or (stack.api if stack else None)
    if not url:
        raise ConfigurationError(
            "No running stack was found in this folder. "
            f"Start one with 'learning-loop up', or give --url (or {URL_VARIABLE})."
        )
    url = url.rstrip("/")
    if not url.startswith(("http://", "https://")):
        raise ConfigurationError(f"The address must begin with http:// or https://: {url}")
    key = given.key or environ.get(KEY_VARIABLE)
    if not key and stack is not None and url == stack.api.rstrip("/"):
        key = stack.keys.get(role.value)
    if not key:
        raise ConfigurationError(
            f"No API key is known for {url}. Give a key of the role '{role}' "
            f"with --key or {KEY_VARIABLE}."
        )
    if not key.isascii() or not key.isprintable():
        raise ConfigurationError("The API key holds characters that no key has.")
    return Target(url=url, key=key)
