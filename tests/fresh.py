"""A database of a test's own, for what works on all workspaces at once."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from store.database import Database
from store.migrate import migrate


@asynccontextmanager
async def fresh_database(database_url: str) -> AsyncGenerator[Database]:
    """Yield the pool of a migrated, empty database beside that of `database_url`."""
    name = f"fresh_{uuid4().hex[:12]}"
    identifier = sql.Identifier(name)
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as server:
        await server.execute(sql.SQL("CREATE DATABASE {}").format(identifier))
        url = urlunsplit(urlsplit(database_url)._replace(path=f"/{name}"))
        await asyncio.to_thread(migrate, url)
        async with Database(url) as database:
            yield database
        await server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))
