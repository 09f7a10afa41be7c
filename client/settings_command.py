"""`learning-loop settings`: shows what holds for the workspace, and changes it."""

import json
from collections.abc import Sequence

from pydantic import JsonValue
from rich.console import Console
from rich.table import Table

from client.api import LearningLoop
from client.errors import ConfigurationError
from client.shown import plain
from domain.base import JsonObject
from domain.workspace_settings import WorkspaceSettings


def read_assignments(assignments: Sequence[str]) -> JsonObject:
    """Return what `NAME=VALUE` set; a value is JSON, `none`, or else a text as it stands.

    Raises ConfigurationError for a name that is none.
    """
    changed: JsonObject = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or name not in WorkspaceSettings.model_fields:
            known = ", ".join(WorkspaceSettings.model_fields)
            raise ConfigurationError(f"Write NAME=VALUE; the names are {known}.")
        changed[name] = _value(value.strip())
    return changed


def _value(text: str) -> JsonValue:
    if text.casefold() == "none":
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


async def settings(api: LearningLoop, out: Console, changed: JsonObject) -> int:
    """Print the settings, after changing some if there are any to change; return 0."""
    now = await (api.change_settings(changed) if changed else api.settings())
    table = Table(box=None, pad_edge=False)
    for heading in ("setting", "value", "what it is"):
        table.add_column(heading, overflow="fold")
    for name, field in WorkspaceSettings.model_fields.items():
        value = now.model_dump(mode="json")[name]
        shown = "none" if value is None else value if isinstance(value, str) else json.dumps(value)
        table.add_row(name, plain(shown), field.description or "")
    out.print(table)
    return 0
