"""Makes a workspace and its first keys, so that a new stack can be used at once."""

from collections.abc import Mapping

import psycopg

from domain.identity import ApiRole
from store.keys import hash_key
from store.queries import query


async def ensure_workspace_and_keys(
    database_url: str, workspace: str, keys: Mapping[str, str]
) -> None:
    """Create the workspace and one key for each role, unless they exist. Keys are stored hashed."""
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        # The address may be that of a role that row-level security binds.
        await connection.execute(query("enter_workspace"), {"workspace": workspace})
        await connection.execute(query("ensure_workspace"), {"workspace": workspace})
        for role, raw in keys.items():
            await connection.execute(
                query("ensure_key"),
                {
                    "workspace": workspace,
                    "principal": role,
                    "role": ApiRole(role).value,
                    "key_hash": hash_key(raw),
                },
            )
