"""What the database says of its own tables, rows for all of them, and the application's session."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

APP = "learning_loop_app"
LOGIN = "login_of_tests"
PASSWORD = "of the tests"

WITHOUT_WORKSPACE = {"schema_migrations", "embedding_models"}
"""Tables of the whole installation."""

_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL)
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
  AND c.relname <> ALL (%s)
  AND (a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' OR a.attname = 'workspace')
ORDER BY c.relname, a.attnum
"""

TEXT = "text"
VALUES: dict[str, LiteralString] = {
    "text": TEXT,
    "uuid": "uuidv7()",
    "integer": "1",
    "bigint": "1",
    "boolean": "true",
    "double precision": "0.5",
    "jsonb": "'{}'",
    "bytea": "sha256(uuidv7()::text::bytea)",
    "timestamp with time zone": "now()",
    "vector": "'[1,0]'",
    "tsvector": "'some'",
}
"""A value of each type, for columns that need one; TEXT is what the caller says."""

CHECKED: dict[tuple[str, str], LiteralString] = {
    ("api_keys", "role"): "'agent'",
    ("items", "kind"): "'article'",
    ("golden_queries", "expects"): "'answered'",
    ("releases", "operation"): "'add'",
    ("passages", "source"): "'content'",
    ("change_requests", "kind"): "'edit'",
    ("change_requests", "mode"): "'reviewed'",
    ("checkups", "started_by"): "'schedule'",
    ("checkup_findings", "cause"): "'unused'",
    ("channel_troubles", "channel"): "'slack'",
    ("notice_deliveries", "channel"): "'slack'",
    ("sessions", "method"): "'api_key'",
    ("sign_in_links", "role"): "'lead'",
}
"""Values for columns that a check holds to a set."""

ALSO: dict[str, dict[str, LiteralString]] = {
    "proposals": {"request_id": "uuidv7()"},
    "contradictions": {"other_proposal_id": "uuidv7()"},
    "sessions": {"key_id": "uuidv7()"},
}
"""Columns that a check wants besides those that are never null."""


@dataclass(frozen=True)
class Table:
    """A table, the column that names its workspace, and what a row of it needs."""

    name: str
    workspace_column: str
    needs: dict[str, LiteralString]

    def insert(self, workspace: str, *, text: str = "some") -> sql.Composed:
        """Return the insertion of a row that the table's checks let pass."""
        values: dict[str, sql.Composable] = {
            column: sql.Literal(text) if value == TEXT else sql.SQL(value)
            for column, value in self.needs.items()
        }
        values[self.workspace_column] = sql.Literal(workspace)
        return sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(self.name),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(values.values()),
        )


def read_tables(connection: psycopg.Connection[Any]) -> dict[str, Table]:
    """Return every table that belongs to workspaces, whatever migrations have added."""
    needs: dict[str, dict[str, LiteralString]] = {}
    for table, column, kind in connection.execute(_COLUMNS, [sorted(WITHOUT_WORKSPACE)]):
        needs.setdefault(table, {})[column] = CHECKED.get((table, column)) or VALUES[kind]
    return {
        table: Table(
            name=table,
            workspace_column="id" if table == "workspaces" else "workspace",
            needs={**columns, **ALSO.get(table, {})},
        )
        for table, columns in needs.items()
        if "workspace" in columns or table == "workspaces"
    }


@contextmanager
def session(owner_url: str, workspace: str | None = None) -> Generator[psycopg.Connection[Any]]:
    """Yield a session of the application in a workspace; nothing that it does stays."""
    with psycopg.connect(make_conninfo(owner_url, user=LOGIN, password=PASSWORD)) as connection:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(APP)))
        if workspace is not None:
            connection.execute(
                "SELECT set_config('learning_loop.workspace', %s, false)", [workspace]
            )
        yield connection
        connection.rollback()
