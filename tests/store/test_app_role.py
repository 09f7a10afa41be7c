"""The application's role: what it was granted, and what it can never do."""

from typing import LiteralString

import psycopg
import pytest
from psycopg import sql

from tests.store.catalog import APP, Table, session

PRIVILEGES = (
    *("SELECT", "INSERT", "UPDATE", "DELETE"),
    *("TRUNCATE", "REFERENCES", "TRIGGER", "MAINTAIN"),
)

READ = {"SELECT"}
APPEND = READ | {"INSERT"}
WRITE = APPEND | {"UPDATE"}
ALL = WRITE | {"DELETE"}

GRANTED = {
    "analyses": WRITE,
    "api_keys": WRITE,
    "audit": APPEND,
    "audit_chain": READ,
    "audit_heads": READ,
    "batch_readings": WRITE,
    "change_requests": WRITE,
    "channel_troubles": ALL,
    "checkup_findings": WRITE,
    "checkups": APPEND,
    "comment_mentions": APPEND,
    "comments": APPEND,
    "contradictions": ALL,
    "decisions": WRITE,
    "deviations": WRITE,
    "embedding_models": READ,
    "embeddings": ALL,
    "erasures": WRITE,
    "evidence": APPEND,
    "golden_queries": WRITE,
    "import_entries": WRITE,
    "imports": WRITE,
    "interventions": WRITE,
    "items": WRITE,
    "model_usage": APPEND,
    "notice_deliveries": WRITE,
    "notices": WRITE,
    "notification_preferences": WRITE,
    "outbox": ALL,
    "outcome_items": APPEND,
    "outcome_verdicts": APPEND,
    "outcomes": APPEND,
    "passages": WRITE,
    "presence": ALL,
    "people": WRITE,
    "proposal_drafts": APPEND,
    "proposal_texts": READ,
    "proposals": WRITE,
    "releases": APPEND,
    "review_commands": WRITE,
    "reviews": WRITE,
    "revisions": APPEND,
    "saved_views": ALL,
    "schema_migrations": READ,
    "sessions": ALL,
    "sign_in_links": ALL,
    "snoozes": ALL,
    "suppressed_evidence": APPEND,
    "suppressions": WRITE,
    "visible_embeddings": READ,
    "visible_passages": READ,
    "visible_proposal_texts": READ,
    "workspaces": WRITE,
}
"""What the application may do with each table and view. A new one needs a line."""

AS_OWNER = {
    "ensure_embedding_model": "makes an index",
    "erase_comment": "only while an erasure runs",
    "erase_draft": "only while an erasure runs",
    "erase_evidence": "only while an erasure runs",
    "erase_outcome": "only while an erasure runs",
    "erase_phrasings": "only while an erasure runs",
    "erase_suppressed_evidence": "only while an erasure runs",
    "erase_revision": "only while an erasure runs, and audited by itself",
    "forget_embedding_model": "takes an index away that nothing uses",
    "search_words": "reads how frequent words are",
}
"""Functions that the application may call and that run with the owner's rights."""

KEPT = ("audit", "audit_chain", "audit_heads", "releases", "revisions")


def test_every_table_and_view_is_granted_what_it_needs_and_no_more(apart: str) -> None:
    asked = "SELECT has_table_privilege(%s, c.oid, %s) FROM pg_class c WHERE c.oid = %s::regclass"
    listed = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p', 'v', 'm', 'f')"
    )
    with psycopg.connect(apart) as owner:
        granted = {
            name: {
                privilege
                for privilege in PRIVILEGES
                for (has,) in owner.execute(asked, [APP, privilege, name])
                if has
            }
            for (name,) in owner.execute(listed).fetchall()
        }
    assert granted == GRANTED


def test_no_column_is_granted_apart_from_its_table(apart: str) -> None:
    with psycopg.connect(apart) as owner:
        found = owner.execute(
            "SELECT attrelid::regclass::text, attname FROM pg_attribute WHERE attacl IS NOT NULL"
            " AND attrelid IN (SELECT oid FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace)"
        ).fetchall()
    assert found == []


def test_nothing_is_granted_to_everybody(apart: str) -> None:
    with psycopg.connect(apart) as owner:
        found = owner.execute(
            "SELECT c.relname FROM pg_class c, aclexplode(c.relacl) AS granted"
            " WHERE c.relnamespace = 'public'::regnamespace AND granted.grantee = 0"
        ).fetchall()
    assert found == []


def test_few_functions_run_as_the_owner(apart: str) -> None:
    with psycopg.connect(apart) as owner:
        found = owner.execute(
            "SELECT proname, array_to_string(proconfig, ' ') FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace AND prosecdef"
            " AND prorettype <> 'trigger'::regtype"
            " AND has_function_privilege(%s, oid, 'EXECUTE')",
            [APP],
        ).fetchall()
    assert {name for name, _ in found} == set(AS_OWNER)
    # Or a temporary table could take the place of the one that is meant.
    assert all("search_path=" in (settings or "") for _, settings in found)


def test_the_role_owns_nothing_and_has_no_power(apart: str) -> None:
    with psycopg.connect(apart) as owner:
        row = owner.execute(
            "SELECT rolcanlogin, rolsuper, rolcreaterole, rolcreatedb, rolreplication,"
            " rolbypassrls, EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid),"
            " EXISTS (SELECT FROM pg_auth_members WHERE member = pg_roles.oid)"
            " FROM pg_roles WHERE rolname = %s",
            [APP],
        ).fetchone()
    assert row == (False,) * 8


FORBIDDEN: tuple[LiteralString, ...] = (
    "UPDATE {table} SET workspace = workspace",
    "DELETE FROM {table}",
    "TRUNCATE {table} CASCADE",
    "ALTER TABLE {table} DISABLE TRIGGER ALL",
    "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE {table} ADD COLUMN more text",
    "ALTER TABLE {table} OWNER TO learning_loop_app",
    "DROP TABLE {table} CASCADE",
    "DROP POLICY of_workspace ON {table}",
    "CREATE POLICY mine ON {table} USING (true)",
    "CREATE TRIGGER mine BEFORE INSERT ON {table} EXECUTE FUNCTION refuse_change()",
    "CREATE RULE mine AS ON INSERT TO {table} DO INSTEAD NOTHING",
    "LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",
)


@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize("statement", FORBIDDEN, ids=lambda text: text.partition(" {")[0])
def test_what_is_kept_cannot_be_changed(
    apart: str, two: tuple[str, str], table: str, statement: LiteralString
) -> None:
    forbidden = sql.SQL(statement).format(table=sql.Identifier(table))
    with session(apart, two[0]) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(forbidden)


@pytest.mark.parametrize("table", KEPT)
def test_a_grant_to_itself_gives_nothing(apart: str, table: str) -> None:
    grant = sql.SQL("GRANT ALL ON {} TO CURRENT_USER").format(sql.Identifier(table))
    with session(apart) as app:
        app.execute(grant)
        row = app.execute("SELECT has_table_privilege(%s, 'UPDATE')", [table]).fetchone()
    assert row == (False,)


@pytest.mark.parametrize("table", ["audit_chain", "audit_heads"])
def test_no_link_is_made_by_hand(
    apart: str, tables: dict[str, Table], two: tuple[str, str], table: str
) -> None:
    with (
        session(apart, two[0]) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute(tables[table].insert(two[0]))


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "SET SESSION AUTHORIZATION learning_loop",
        "CREATE TABLE public.mine ()",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "ALTER ROLE learning_loop_app BYPASSRLS",
        "DROP FUNCTION chain_audit_entry() CASCADE",
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS ''",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY audit TO PROGRAM 'cat'",
    ],
)
def test_no_way_around_is_open(apart: str, two: tuple[str, str], statement: LiteralString) -> None:
    with session(apart, two[0]) as app, pytest.raises(psycopg.errors.InsufficientPrivilege):
        app.execute(statement)
