"""Which workspace the demo plays in: the stack's own while it is empty, else a new one.

So every run tells the whole story, and nothing that is there already is touched.
"""

from pathlib import Path

from pydantic import TypeAdapter

from client.api import LearningLoop
from client.connection import Target
from domain.base import Model
from domain.identity import ApiRole
from embedded.files import write_private
from embedded.stack import EmbeddedStack
from store.bootstrap import ensure_workspace_and_keys
from store.database import INSTALLATION, Database
from store.keys import list_keys, new_key

_KEYS = TypeAdapter(dict[str, str])


class Stage(Model):
    """A workspace, its keys by role, and where they are kept if it is not the stack's own."""

    workspace: str
    keys: dict[str, str]
    keys_file: Path | None = None


async def choose_stage(stack: EmbeddedStack) -> Stage:
    """Return the stack's own workspace if it is empty, else a new one, which stack.json tells."""
    if await _is_empty(stack.info.api, stack.info.keys[ApiRole.ADMIN.value]):
        return Stage(workspace=stack.env["LEARNING_LOOP_WORKSPACE"], keys=stack.info.keys)
    workspace = await _unused_name(stack.info.database_url)
    keys = {role.value: new_key(role) for role in ApiRole}
    keys_file = stack.home.path / f"{workspace}.keys.json"
    write_private(keys_file, _KEYS.dump_json(keys, indent=2).decode() + "\n")
    await ensure_workspace_and_keys(stack.info.database_url, workspace, keys)
    # The command line and the pages' sign-in then speak of this run for as long as it is up.
    stack.home.write_info(stack.info.model_copy(update={"keys": keys}))
    return Stage(workspace=workspace, keys=keys, keys_file=keys_file)


async def _is_empty(url: str, key: str) -> bool:
    async with LearningLoop(Target(url=url, key=key)) as admin:
        async for _ in admin.items():
            return False
        async for _ in admin.interventions():
            return False
    return True


async def _unused_name(database_url: str) -> str:
    """Return `demo-2`, `demo-3` …, whichever no workspace has."""
    async with Database(database_url) as database, database.transaction(INSTALLATION) as connection:
        number = 2
        while await list_keys(connection, f"demo-{number}"):
            number += 1
        return f"demo-{number}"
