"""Databases of their own on the tests' server, for rows that other tests must not meet."""

import asyncio
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from store.migrate import migrate


async def new_database(server_url: str, name: str) -> str:
    """Make a migrated database beside the server's own; return its address."""
    async with await psycopg.AsyncConnection.connect(server_url, autocommit=True) as server:
        await server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    url = urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    await asyncio.to_thread(migrate, url)
    return url
