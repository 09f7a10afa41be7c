"""What a workspace is set to: the language of its knowledge, and what administrators chose."""

from domain.base import JsonObject
from domain.errors import NotFoundError
from domain.languages import text_configuration
from domain.workspace_settings import WorkspaceSettings
from store.database import Connection, as_json, execute, fetch_one
from store.queries import query


async def get_language(connection: Connection, workspace: str) -> str:
    """Return the language tag of a workspace; raises NotFoundError."""
    row = await fetch_one(connection, query("get_workspace_language"), {"workspace": workspace})
    if row is None:
        raise NotFoundError(f"no workspace {workspace}")
    return row["language"]


async def set_language(connection: Connection, workspace: str, language: str) -> int:
    """Set the language, and read anew what is in no other one; return how many passages were.

    Raises NotFoundError. It takes some seconds for each 100,000 passages.
    """
    chosen = {"workspace": workspace, "configuration": text_configuration(language)}
    row = await fetch_one(
        connection, query("set_workspace_language"), {**chosen, "language": language}
    )
    if row is None:
        raise NotFoundError(f"no workspace {workspace}")
    return await execute(connection, query("read_passages_anew"), chosen)


async def read_settings(connection: Connection, workspace: str) -> WorkspaceSettings:
    """Return what holds in a workspace; raises NotFoundError."""
    return await _read(connection, "get_workspace_settings", workspace)


async def lock_settings(connection: Connection, workspace: str) -> WorkspaceSettings:
    """Return what nobody else can change until the transaction ends; raises NotFoundError."""
    return await _read(connection, "lock_workspace_settings", workspace)


async def _read(connection: Connection, name: str, workspace: str) -> WorkspaceSettings:
    row = await fetch_one(connection, query(name), {"workspace": workspace})
    if row is None:
        raise NotFoundError(f"no workspace {workspace}")
    return WorkspaceSettings.model_validate(row["settings"])


async def change_settings(
    connection: Connection, workspace: str, changed: JsonObject
) -> WorkspaceSettings:
    """Set those settings that are named, and return all; raises NotFoundError.

    `changed` must be valid, as fields of WorkspaceSettings.
    """
    row = await fetch_one(
        connection,
        query("change_workspace_settings"),
        {"workspace": workspace, "changed": as_json(changed)},
    )
    if row is None:
        raise NotFoundError(f"no workspace {workspace}")
    return WorkspaceSettings.model_validate(row["settings"])
