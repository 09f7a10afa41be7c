"""The connection pool, transactions, and reading rows. The rest of `store` builds on it."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any, LiteralString, Self

from psycopg import AsyncConnection
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool
from pydantic import BaseModel

Row = DictRow
Parameters = Mapping[str, Any]


class Connection(AsyncConnection[DictRow]):
    """A connection that remembers whose rows row-level security shows it now."""

    scope: str | None = None
    confined: bool = False
    """Whether it works as the application's role, which exists once the database is migrated."""


INSTALLATION = "*"
"""The scope of what is done for all workspaces at once. It opens few tables, most to read only."""

_CONNECTION_SECONDS = 10.0
"""How long a transaction waits for a connection before the database counts as away."""


class Lent(StrEnum):
    """Whether the pool tries a connection before it lends it, which costs a round trip.

    Unchecked ones suit callers that are tried again anyway, as activities are.
    """

    CHECKED = "checked"
    UNCHECKED = "unchecked"


_CHECKS = {
    Lent.CHECKED: AsyncConnectionPool[Connection].check_connection,
    Lent.UNCHECKED: None,
}


class Database:
    """The pool of one process. Use as an async context manager."""

    def __init__(
        self,
        url: str,
        *,
        min_size: int = 1,
        max_size: int = 10,
        lent: Lent = Lent.CHECKED,
    ) -> None:
        """Prepare the pool; nothing connects before it is entered."""
        self.url = url
        self._pool = AsyncConnectionPool[Connection](
            url,
            connection_class=Connection,
            # Transactions begin where `transaction` says, and nowhere else.
            kwargs={"row_factory": dict_row, "autocommit": True},
            configure=_configure,
            check=_CHECKS[lent],
            min_size=min_size,
            max_size=max_size,
            timeout=_CONNECTION_SECONDS,
            reconnect_timeout=30,
            open=False,
        )

    async def __aenter__(self) -> Self:
        """Open the pool in the background: the database may still be starting."""
        await self._pool.open(wait=False)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close every connection."""
        await self._pool.close()

    @asynccontextmanager
    async def transaction(self, workspace: str) -> AsyncGenerator[Connection]:
        """Yield a connection in a transaction: committed at the end, undone by an exception.

        It sees and writes this workspace's rows only, or with INSTALLATION what that opens. Raises
        psycopg's OperationalError (PoolTimeout) while the database cannot be reached.
        """
        async with self.reading(workspace) as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def snapshot(self, workspace: str) -> AsyncGenerator[Connection]:
        """Yield a connection for several queries that all see the same moment; they only read.

        Raises as `transaction` does.
        """
        async with self.transaction(workspace) as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection

    @asynccontextmanager
    async def reading(self, workspace: str) -> AsyncGenerator[Connection]:
        """Yield a connection for a single query, which needs no transaction around it.

        Raises as `transaction` does.
        """
        async with self._pool.connection() as connection:
            if not connection.confined:
                await _confine(connection)
            if connection.scope != workspace:
                # Outside any transaction, or its end could take the setting back. What is cancelled
                # in between must not leave a connection that claims another workspace.
                connection.scope = None
                await connection.execute(_ENTER, {"workspace": workspace})
                connection.scope = workspace
            yield connection


_ENTER = "SELECT set_config('learning_loop.workspace', %(workspace)s, false)"

_SETTINGS = """
SELECT
    -- An index scan of embeddings goes on until enough rows pass the query's filter. Otherwise
    -- the nearest few of all workspaces are looked at, and none of them may be ours.
    set_config('hnsw.iterative_scan', 'relaxed_order', false),
    -- Measured for a recall of 0.98 among 330,000 passages; fewer are seen, more take longer.
    set_config('hnsw.ef_search', '320', false),
    -- With a rare tag or in a small workspace the index would be read for long: `store/search.py`
    -- looks at every row that qualifies instead, which are then few.
    set_config('hnsw.max_scan_tuples', '4000', false),
    -- Compiling takes longer than any query here.
    set_config('jit', 'off', false),
    -- A plan that was made while the tables were nearly empty is kept until they are analysed:
    -- with 200 items a search by it took 2 s instead of 3 ms.
    set_config('plan_cache_mode', 'force_custom_plan', false)
"""

_ROLE = """
SELECT set_config('role', 'learning_loop_app', false) FROM pg_roles
WHERE rolname = 'learning_loop_app'
"""


async def _configure(connection: Connection) -> None:
    """Set what every query here relies on."""
    await connection.execute(_SETTINGS)


async def _confine(connection: Connection) -> None:
    """Work as a role that owns nothing, whoever the address signs in."""
    cursor = await connection.execute(_ROLE)
    connection.confined = await cursor.fetchone() is not None


async def fetch_one(
    connection: Connection, sql: LiteralString, parameters: Parameters
) -> Row | None:
    """Run a query and return its first row, or None."""
    cursor = await connection.execute(sql, parameters)
    return await cursor.fetchone()


async def fetch_all(
    connection: Connection, sql: LiteralString, parameters: Parameters
) -> list[Row]:
    """Run a query and return all its rows."""
    cursor = await connection.execute(sql, parameters)
    return await cursor.fetchall()


async def execute(connection: Connection, sql: LiteralString, parameters: Parameters) -> int:
    """Run a statement and return how many rows it touched."""
    cursor = await connection.execute(sql, parameters)
    return cursor.rowcount


def as_json(value: BaseModel | Sequence[BaseModel] | Mapping[str, Any] | None) -> Jsonb | None:
    """Return a model, a list of models or plain JSON as a jsonb parameter."""
    if value is None:
        return None
    if isinstance(value, BaseModel):
        return Jsonb(value.model_dump(mode="json"))
    if isinstance(value, Mapping):
        return Jsonb(dict(value))
    return Jsonb([entry.model_dump(mode="json") for entry in value])


def as_vector(values: Sequence[float]) -> str:
    """Return an embedding as a parameter for a `::vector` cast."""
    return "[" + ",".join(f"{value:.7g}" for value in values) + "]"
