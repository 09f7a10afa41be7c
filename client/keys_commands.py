"""`learning-loop keys`: straight in the database, for whoever runs it. Keys are shown once."""

import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from uuid import UUID

import psycopg
from psycopg_pool import PoolTimeout
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from client.connection import running_stack
from client.errors import ClientError, ConfigurationError, UnreachableError
from client.shown import plain
from domain.errors import NotFoundError
from domain.identity import ApiRole
from store import audit, keys
from store.database import INSTALLATION, Connection, Database
from store.people import NameOfAProviderError
from store.queries import query

DEFAULT_WORKSPACE = "default"
ACTOR = "command line"
"""Who acts in the audit, where no key says it."""


def database_url(environ: Mapping[str, str] = os.environ) -> str:
    """Return DATABASE_URL, or that of the running stack; raises ConfigurationError."""
    stack = running_stack(environ)
    url = environ.get("DATABASE_URL") or (stack.database_url if stack else "")
    if not url:
        raise ConfigurationError(
            "No database is known. Start the stack with 'learning-loop up', or set DATABASE_URL."
        )
    return url


async def create_key(out: Console, workspace: str | None, name: str, role: ApiRole) -> int:
    """Create a key of one person or machine and print it, this once."""
    async with connection_to(workspace) as (connection, workspace):
        await connection.execute(query("ensure_workspace"), {"workspace": workspace})
        try:
            record, raw = await keys.create_key(connection, workspace, principal=name, role=role)
        except NameOfAProviderError:
            raise ClientError(
                "Somebody of this name signs in through your organisation. Choose another name."
            ) from None
        await audit.record(
            connection,
            workspace,
            actor=ACTOR,
            action="key_created",
            subject=f"key/{record.id}",
            details={"principal": name, "role": role.value},
        )
    out.print(f"Key {record.id} of {plain(name)}, role {role}, workspace {workspace}.")
    out.print("It is shown this once; keep it safe:")
    out.print(raw)
    return 0


async def show_keys(out: Console, workspace: str | None) -> int:
    """Print all keys of a workspace, revoked ones too."""
    async with connection_to(workspace) as (connection, workspace):
        found = await keys.list_keys(connection, workspace)
    table = Table(box=box.SIMPLE_HEAD)
    for name in ("id", "of", "role", "created", "revoked"):
        table.add_column(name, no_wrap=True)
    for key in found:
        revoked = f"{key.revoked_at:%Y-%m-%d %H:%M}" if key.revoked_at else ""
        created = f"{key.created_at:%Y-%m-%d %H:%M}"
        table.add_row(str(key.id), Text(plain(key.principal)), key.role, created, revoked)
    out.print(table)
    return 0


async def revoke_key(out: Console, workspace: str | None, key_id: UUID) -> int:
    """Revoke a key; whoever uses it is signed out."""
    async with connection_to(workspace) as (connection, workspace):
        await keys.revoke_key(connection, workspace, key_id)
        await audit.record(
            connection, workspace, actor=ACTOR, action="key_revoked", subject=f"key/{key_id}"
        )
    out.print(f"Key {key_id} is revoked.")
    return 0


@asynccontextmanager
async def direct_database(url: str | None = None) -> AsyncGenerator[Database]:
    """Yield the database of `url`, else that of `database_url()`; failures are sentences."""
    try:
        async with Database(url or database_url(), max_size=1) as database:
            yield database
    except (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName):
        raise ConfigurationError(
            "The database has no tables yet. Migrate it with 'python -m store.migrate'."
        ) from None
    except (psycopg.OperationalError, PoolTimeout):
        raise UnreachableError("The database of DATABASE_URL cannot be reached.") from None


async def running_workspace(database: Database) -> str:
    """Return the workspace that the running stack's own keys are of, or the default."""
    stack = running_stack()
    raw = stack.keys.get(ApiRole.ADMIN.value) if stack else None
    if raw is None:
        return DEFAULT_WORKSPACE
    async with database.reading(INSTALLATION) as connection:
        holder = await keys.find_principal(connection, raw)
    return holder.workspace if holder else DEFAULT_WORKSPACE


@asynccontextmanager
async def connection_to(workspace: str | None) -> AsyncGenerator[tuple[Connection, str]]:
    """Yield a transaction and the workspace that it is on; failures are sentences."""
    async with direct_database() as database:
        workspace = workspace or await running_workspace(database)
        try:
            async with database.transaction(workspace) as connection:
                yield connection, workspace
        except NotFoundError as error:
            raise ClientError(
                f"{str(error).capitalize()}. See 'learning-loop keys list'."
            ) from None
