"""Row-level security: whose rows the application sees and writes, in every table there is."""

from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql

from tests.store.catalog import WITHOUT_WORKSPACE, Table, session
from tests.store.test_app_role import GRANTED

OPEN_TO_THE_INSTALLATION = {
    "api_keys": "a key is what says whose it is",
    "batch_readings": "the sweeper starts what gathers them",
    "change_requests": "the sweeper starts again what lacks a workflow",
    "decisions": "the sweeper signals again",
    "erasures": "the sweeper starts again what lacks a workflow",
    "imports": "the sweeper ends what nobody waits for",
    "interventions": "the sweeper starts again what lacks a workflow",
    "outbox": "one loop delivers for all",
    "proposals": "the sweeper's rows name their origin",
    "review_commands": "the sweeper signals again",
    "workspaces": "what is done for all goes through them in turn",
}
"""What `*` shows. All but the outbox only to read."""


VIEWS = {"visible_embeddings", "visible_passages", "visible_proposal_texts"}
OF_WORKSPACES = sorted(set(GRANTED) - WITHOUT_WORKSPACE - VIEWS)

every_table = pytest.mark.parametrize("name", OF_WORKSPACES)


def workspaces_in(connection: psycopg.Connection[Any], table: Table) -> set[str]:
    found = connection.execute(
        sql.SQL("SELECT DISTINCT {} FROM {}").format(
            sql.Identifier(table.workspace_column), sql.Identifier(table.name)
        )
    )
    return {row[0] for row in found}


def test_every_table_that_names_a_workspace_is_listed(tables: dict[str, Table]) -> None:
    assert sorted(tables) == OF_WORKSPACES


def test_tables_without_a_workspace_are_the_installations_own(
    apart: str, tables: dict[str, Table]
) -> None:
    with psycopg.connect(apart) as owner:
        found = owner.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relkind IN ('r', 'p')"
        )
        assert {name for (name,) in found} - set(tables) == WITHOUT_WORKSPACE


@every_table
def test_row_level_security_is_on(apart: str, name: str) -> None:
    with psycopg.connect(apart) as owner:
        enabled = owner.execute(
            "SELECT relrowsecurity FROM pg_class WHERE oid = %s::regclass", [name]
        ).fetchone()
        policies = owner.execute(
            "SELECT policyname, permissive, cmd, roles::text[] FROM pg_policies"
            " WHERE schemaname = 'public' AND tablename = %s ORDER BY policyname",
            [name],
        ).fetchall()
    everything = "ALL" if name == "outbox" else "SELECT"
    wanted = [("of_workspace", "PERMISSIVE", "ALL", ["public"])]
    if name in OPEN_TO_THE_INSTALLATION:
        wanted.insert(0, ("of_installation", "PERMISSIVE", everything, ["public"]))
    assert enabled == (True,)
    assert policies == wanted


@every_table
def test_a_query_without_a_filter_sees_one_workspace(
    apart: str, tables: dict[str, Table], two: tuple[str, str], name: str
) -> None:
    for workspace in two:
        with session(apart, workspace) as app:
            assert workspaces_in(app, tables[name]) == {workspace}


@every_table
@pytest.mark.parametrize("scope", [None, "", "nowhere", "%", "**"])
def test_without_a_workspace_nothing_is_seen(
    apart: str, tables: dict[str, Table], two: tuple[str, str], name: str, scope: str | None
) -> None:
    with session(apart, scope) as app:
        assert workspaces_in(app, tables[name]) == set()


@every_table
def test_the_installation_sees_the_tables_that_it_needs_and_no_other(
    apart: str, tables: dict[str, Table], two: tuple[str, str], name: str
) -> None:
    with session(apart, "*") as app:
        seen = workspaces_in(app, tables[name]) & set(two)
    assert seen == (set(two) if name in OPEN_TO_THE_INSTALLATION else set())


def unfiltered(table: Table, statement: LiteralString) -> sql.Composed:
    return sql.SQL(statement).format(
        table=sql.Identifier(table.name), workspace=sql.Identifier(table.workspace_column)
    )


UPDATE: LiteralString = "UPDATE {table} SET {workspace} = {workspace} RETURNING {workspace}"
DELETE: LiteralString = "DELETE FROM {table} RETURNING {workspace}"
WRITING = [("UPDATE", UPDATE), ("DELETE", DELETE)]


@every_table
@pytest.mark.parametrize(("privilege", "statement"), WRITING, ids=["update", "delete"])
def test_a_change_without_a_filter_touches_one_workspace(
    apart: str,
    tables: dict[str, Table],
    two: tuple[str, str],
    name: str,
    privilege: str,
    statement: LiteralString,
) -> None:
    with session(apart, two[0]) as app:
        if privilege in GRANTED[name]:
            touched = app.execute(unfiltered(tables[name], statement)).fetchall()
            assert {row[0] for row in touched} == {two[0]}
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(unfiltered(tables[name], statement))


@every_table
@pytest.mark.parametrize(("privilege", "statement"), WRITING, ids=["update", "delete"])
def test_the_installation_changes_the_outbox_only(
    apart: str,
    tables: dict[str, Table],
    two: tuple[str, str],
    name: str,
    privilege: str,
    statement: LiteralString,
) -> None:
    with session(apart, "*") as app:
        if privilege in GRANTED[name]:
            touched = {row[0] for row in app.execute(unfiltered(tables[name], statement))}
            assert touched & set(two) == (set(two) if name == "outbox" else set())
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(unfiltered(tables[name], statement))


@every_table
def test_no_row_is_written_into_another_workspace(
    apart: str, tables: dict[str, Table], two: tuple[str, str], name: str
) -> None:
    own, other = two
    table = tables[name]
    move = sql.SQL("UPDATE {} SET {} = {}").format(
        sql.Identifier(name), sql.Identifier(table.workspace_column), sql.Literal(other)
    )
    for statement in (table.insert(other), move):
        with session(apart, own) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute(statement)


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_views_show_one_workspace(apart: str, two: tuple[str, str], view: str) -> None:
    seen = sql.SQL("SELECT DISTINCT workspace FROM {}").format(sql.Identifier(view))
    for scope in (*two, "*", None):
        with session(apart, scope) as app:
            assert {row[0] for row in app.execute(seen)} == {scope} & set(two)
