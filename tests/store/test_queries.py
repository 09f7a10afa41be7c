"""The SQL files themselves: used, complete, and closed to other workspaces."""

import re
from pathlib import Path

import pytest

from store.queries import query, query_names

ROOT = Path(__file__).parent.parent.parent
SOURCES = ("activities", "api", "bench", "demo", "embedded", "store")
USE = re.compile(r'\bquery\(\s*"(\w+)"')
READ = re.compile(r'_read\(connection, "(\w+)"')
FILTER = re.compile(r"\bworkspace = (%\(workspace\)s|\w+\.workspace)")

ALL_WORKSPACES = {
    "ping": "reads the schema's version",
    "may_migrate": "asks what the session may",
    "listen": "the process hears of all; each notice names its workspace",
    "is_listening": "asks the connection itself",
    "find_login": "a role is the server's",
    "lock_logins": "a role is the server's",
    "create_login": "a role is the server's",
    "change_login": "a role is the server's",
    "confine_login": "a role is the server's",
    "find_key": "a key is what says which workspace it is of",
    "find_key_holder": "a key is what says which workspace it is of",
    "find_key_holder_by_id": "a session names its key, and the key its workspace",
    "claim_outbox": "one loop delivers for all; each entry names its workspace",
    "mark_delivered": "by the ids of entries that the loop has claimed",
    "mark_failed": "by the ids of entries that the loop has claimed",
    "count_undelivered": "an operator's number, without contents",
    "list_unfinished": "the sweeper serves the whole installation",
    "list_workspaces_with_batches": "the sweeper serves the whole installation",
    "list_unfinished_change_requests": "the sweeper serves the whole installation",
    "list_abandoned_imports": "the sweeper serves the whole installation",
    "list_unfinished_erasures": "the sweeper serves the whole installation",
    "unsettled_decisions": "one loop sweeps for all; each row names its workspace",
    "ensure_embedding_model": "an embedding model is the installation's",
    "forget_embedding_model": "an embedding model is the installation's",
    "list_embedding_models": "an embedding model is the installation's",
    "list_all_workspaces": "what is done for all goes through them in turn",
    "unsettled_commands": "one loop sweeps for all; each row names its workspace",
}
OTHERWISE = {
    "enter_workspace": "set_config('learning_loop.workspace', %(workspace)s",
    "lock_releases": "WHERE id = %(workspace)s",
    "ensure_workspace": "VALUES (%(workspace)s)",
    # Functions that only see the workspace of the session, and want an erasure that runs there.
    **{
        name: f"SELECT {name}(%(erasure)s"
        for name in (
            *("erase_comment", "erase_draft", "erase_evidence"),
            *("erase_outcome", "erase_phrasings", "erase_revision"),
            "erase_suppressed_evidence",
        )
    },
    "workspace_is_known": "WHERE id = %(workspace)s",
    "get_workspace_language": "WHERE id = %(workspace)s",
    "set_workspace_language": "WHERE id = %(workspace)s",
    "lock_workspace_settings": "WHERE id = %(workspace)s",
    "get_workspace_settings": "WHERE id = %(workspace)s",
    "change_workspace_settings": "WHERE id = %(workspace)s",
    "hold_erasures_off": "hashtextextended('erasing/' || %(workspace)s",
    "lock_checkups": "hashtextextended('checkup/' || %(workspace)s",
    "lock_erasing": "hashtextextended('erasing/' || %(workspace)s",
    "lock_contradictions": "hashtextextended('contradictions/' || %(workspace)s",
    "lock_deviations": "hashtextextended(%(workspace)s ||",
    "lock_drafting": "hashtextextended(%(workspace)s ||",
}
"""Queries that are held to the workspace by other words than `workspace = …`."""


def used_names() -> set[str]:
    used: set[str] = set()
    for folder in SOURCES:
        for file in (ROOT / folder).rglob("*.py"):
            text = file.read_text()
            used |= {*USE.findall(text), *READ.findall(text)}
    return used


def test_every_query_that_is_used_exists() -> None:
    assert used_names() - query_names() == set()


def test_every_query_is_used() -> None:
    assert query_names() - used_names() == set()


def test_a_name_that_no_file_has_is_refused() -> None:
    with pytest.raises(KeyError):
        query("no_such_query")


def statement(name: str) -> str:
    return re.sub(r"--.*", "", query(name)).strip()


@pytest.mark.parametrize("name", sorted(query_names() - set(ALL_WORKSPACES)))
def test_a_query_stays_in_its_workspace(name: str) -> None:
    text = statement(name)
    if name in OTHERWISE:
        assert OTHERWISE[name] in text
    elif text.startswith("INSERT"):
        assert re.search(r"\(\s*workspace,", text)
        assert re.search(r"(VALUES \(|SELECT )%\(workspace\)s,", text)
    else:
        assert "%(workspace)s" in text
        assert FILTER.search(text)


TABLES = {
    file_table
    for file in (ROOT / "migrations").glob("*.sql")
    for file_table in re.findall(r"CREATE TABLE (\w+)", file.read_text())
} - {"workspaces", "embedding_models"}
AFTER_FROM = re.compile(
    r"\b(?:FROM|JOIN|UPDATE)\s+(?:visible_)?(\w+)(?:\s+(?:AS\s+)?(?!WHERE|SET|ON)(\w))?"
)


@pytest.mark.parametrize("name", sorted(query_names() - set(ALL_WORKSPACES) - set(OTHERWISE)))
def test_every_table_that_a_query_reads_is_held_to_the_workspace(name: str) -> None:
    """As many tables, as many filters: a join without one would mix workspaces."""
    text = statement(name)
    tables = [table for table, _ in AFTER_FROM.findall(text) if table in TABLES]
    filters = FILTER.findall(text)
    assert len(filters) >= len(tables)


def test_the_list_of_exceptions_names_queries_that_exist() -> None:
    assert {*ALL_WORKSPACES, *OTHERWISE} - query_names() == set()


TABLE = re.compile(r"CREATE TABLE (\w+) \((.*?)\n\);", re.DOTALL)
COLUMN = re.compile(r"^\s+workspace\s+text (NOT NULL|PRIMARY KEY)", re.MULTILINE)


def test_every_table_has_a_workspace() -> None:
    for file in (ROOT / "migrations").glob("*.sql"):
        for table, columns in TABLE.findall(file.read_text()):
            assert table in {"workspaces", "embedding_models"} or COLUMN.search(columns), table
