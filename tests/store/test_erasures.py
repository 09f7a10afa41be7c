from collections.abc import AsyncGenerator
from typing import LiteralString
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql

from domain.erasure_requests import ErasureStatus, NewErasure
from domain.errors import NotFoundError
from store import audit, erasing, erasures, knowledge
from store.database import Connection, Database
from tests.api.rows import Rows, adding
from tests.domain.builders import content

LOOKED_THROUGH = {
    "interventions": {"submission", "external_id", "body_hash"},
    "analyses": {"ask", "ask_embedding", "findings"},
    "evidence": {"finding", "ask"},
    "proposals": {"title", "rationale", "change", "verification", "embedding", "merge_key"},
    "proposal_drafts": {"change"},
    # Written anew by triggers from what an erasure leaves of the rest.
    "proposal_texts": {"body", "words", "tags"},
    "saved_views": {"name", "query"},
    "decisions": {"comment", "edited_change"},
    "comments": {"body"},
    "deviations": {"summary", "signature"},
    "suppressions": {"reason"},
    "suppressed_evidence": {"finding", "ask"},
    "contradictions": {"statement", "other_statement"},
    "outcomes": {"query", "handoff_reason"},
    "change_requests": {"reason"},
    "revisions": {"content"},
    "passages": {"body", "words"},
    "embeddings": {"embedding", "tags"},
    "golden_queries": {"query", "must_contain", "note"},
    "import_entries": {"entry"},
    "erasures": {"customer_ref", "reason"},
}
"""The columns that an erasure empties or looks through."""

NOT_A_CUSTOMER_S = {
    # Names of people who work with the loop, of roles, machines, states and systems.
    "actor", "agent", "analyst", "approved_by", "assignee", "author", "by", "candidates", "clock",
    "created_by", "drafted_by", "embedding_model", "error_code", "gap", "handled_by", "kind",
    "language", "last_error", "mode", "model", "operation", "outcome", "principal", "purpose",
    "requested_by", "role", "source", "status", "tier", "topic", "usage", "verdict", "version",
    "workspace",
    # Ids, hashes, numbers and where things stand.
    "action", "approved_hash", "batch_id", "configuration", "content_hash", "content_hashes",
    "counts", "customer_hash", "dedupe_key", "details", "effect", "expects", "hash", "id",
    "key_hash", "known_items", "payload", "rejection_reason", "subject", "target",
}  # fmt: skip
"""Columns that hold none of a customer's text: what is written there is tested elsewhere."""

ELSEWHERE = {
    # Says which field of an entry is wrong, and how.
    ("import_entries", "problem"),
    # Sentences of our own that say why a click had no effect.
    ("decisions", "reason"),
    ("review_commands", "reason"),
    # Words of closed sets, and figures.
    ("checkups", "started_by"),
    ("checkup_findings", "cause"),
    ("checkup_findings", "handling"),
    # People who work with the loop, and words of closed sets.
    ("comment_mentions", "person"),
    ("comment_mentions", "name"),
    ("suppressions", "rejected_by"),
    ("suppressions", "lifted_by"),
    ("suppressions", "lifted_because"),
    ("contradictions", "clash"),
    # How near an item was to a query: numbers.
    ("outcomes", "signs"),
    ("checkup_findings", "health"),
    # Staff, as their provider knows them.
    ("snoozes", "person"),
    ("saved_views", "person"),
    ("presence", "person"),
    ("people", "name"),
    ("people", "name_key"),
    ("people", "email"),
    ("people", "groups"),
    ("people", "issuer"),
    ("sessions", "method"),
    ("sessions", "id_token"),
    ("sign_in_links", "name"),
    ("sign_in_links", "token_hash"),
    # Who is told what and where: people who work with the loop, and the workspace's channels.
    ("notices", "person"),
    ("notices", "occasion"),
    ("notices", "key"),
    ("notice_deliveries", "channel"),
    ("notice_deliveries", "reference"),
    ("notification_preferences", "person"),
    ("notification_preferences", "preferences"),
    ("notification_preferences", "email"),
    ("notification_preferences", "unconfirmed_email"),
    ("notification_preferences", "slack_team"),
    ("notification_preferences", "slack_user"),
    ("notification_preferences", "link_code_hash"),
    ("channel_troubles", "channel"),
    ("channel_troubles", "person"),
    # What an administrator chose: numbers and words of closed sets.
    ("workspaces", "settings"),
}


@pytest.fixture
async def connection(database: Database, workspace: str) -> AsyncGenerator[Connection]:
    """A transaction of the application in the workspace."""
    async with database.transaction(workspace) as connection:
        yield connection


async def asked(connection: Connection, workspace: str, status: ErasureStatus) -> UUID:
    """Store an erasure with this status; return its id."""
    new = NewErasure(id=uuid4(), customer_ref="c-1", requested_by="ada")
    await erasures.insert_erasure(connection, workspace, new)
    await erasures.set_erasure_status(connection, workspace, new.id, status)
    return new.id


async def test_every_column_that_can_hold_text_is_thought_of(database_url: str) -> None:
    """A new one must be looked through by erasures, or named here as holding none."""
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        cursor = await owner.execute(
            "SELECT table_name, column_name FROM information_schema.columns c"
            " JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND t.table_type = 'BASE TABLE' AND (data_type IN"
            " ('text', 'jsonb', 'character varying', 'ARRAY', 'USER-DEFINED', 'bytea', 'tsvector')"
            " OR udt_name IN ('vector', 'tsvector'))"
        )
        found = {(row[0], row[1]) for row in await cursor.fetchall()}
    known = {(table, column) for table, columns in LOOKED_THROUGH.items() for column in columns}
    unknown = {
        (table, column)
        for table, column in found - known - ELSEWHERE
        if column not in NOT_A_CUSTOMER_S and not column.endswith(("_id", "items_used"))
    }
    assert unknown == set()
    assert known <= found


async def test_a_running_erasure_changes_a_revision_and_the_audit_says_so(
    connection: Connection, rows: Rows
) -> None:
    item_id, _ = await rows.item(adding("Told by Ann."))
    erasure_id = await asked(connection, rows.workspace, ErasureStatus.RUNNING)

    left = erasing.KeptRevision(item_id, 1, content(text="Told by [erased]."))
    await erasing.erase_revision(connection, erasure_id, left)

    [revision] = await knowledge.list_revisions(connection, rows.workspace, item_id)
    assert (revision.content, revision.erased_at is None) == (left.content, False)
    assert revision.content_hash == adding("Told by Ann.").content_hash()
    await connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
    [entry] = await audit.list_audit(connection, rows.workspace, subject=f"item/{item_id}")
    assert entry.action == "revision_erased"
    stored = await connection.execute(
        "SELECT encode(sha256(convert_to(content::text, 'UTF8')), 'hex') AS hash FROM revisions"
        " WHERE workspace = %s AND item_id = %s",
        [rows.workspace, item_id],
    )
    row = await stored.fetchone()
    assert row is not None
    assert entry.details == {
        "erasure_id": str(erasure_id),
        "revision": 1,
        "remaining_hash": row["hash"],
    }


async def test_without_a_running_erasure_nothing_is_changed(
    connection: Connection, rows: Rows
) -> None:
    item_id, _ = await rows.item()
    erasure_id = await asked(connection, rows.workspace, ErasureStatus.REQUESTED)

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        await erasing.erase_revision(
            connection, erasure_id, erasing.KeptRevision(item_id, 1, content())
        )


async def test_an_erasure_reaches_no_other_workspace(
    database: Database, rows: Rows, elsewhere: Rows
) -> None:
    item_id, _ = await elsewhere.item()
    async with database.transaction(rows.workspace) as connection:
        erasure_id = await asked(connection, rows.workspace, ErasureStatus.RUNNING)
        left = erasing.KeptRevision(item_id, 1, content(text="Taken."))
        await erasing.erase_revision(connection, erasure_id, left)
    async with database.transaction(elsewhere.workspace) as connection:
        [revision] = await knowledge.list_revisions(connection, elsewhere.workspace, item_id)
        assert revision.erased_at is None
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await erasing.erase_revision(connection, erasure_id, left)


@pytest.mark.parametrize(
    "change",
    [
        "SET content = '{}', erased_at = now()",
        "SET erased_at = now()",
        "SET content_hash = 'other', erased_at = now()",
    ],
)
async def test_not_even_the_owner_changes_a_revision_by_hand(
    database_url: str, rows: Rows, change: str
) -> None:
    item_id, _ = await rows.item()

    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
            await owner.execute(
                f"UPDATE revisions {change} WHERE item_id = %s".encode(), (item_id,)
            )


async def test_only_a_part_of_a_revision_can_be_changed_even_by_the_function(
    database_url: str, rows: Rows
) -> None:
    """A function of that name which did more would be refused, too."""
    item_id, _ = await rows.item()
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        cursor = await owner.execute("SELECT pg_get_functiondef('erase_revision'::regproc)")
        row = await cursor.fetchone()
        assert row is not None
        more = row[0].replace("SET content = remaining,", "SET number = 7, content = remaining,")
        async with await psycopg.AsyncConnection.connect(database_url) as other:
            await other.execute(sql.SQL(more))
            await other.execute(
                "INSERT INTO erasures (workspace, id, customer_hash, requested_by, status)"
                " VALUES (%s, %s, '', 'ada', 'running')",
                (rows.workspace, item_id),
            )
            await other.execute(
                "SELECT set_config('learning_loop.workspace', %s, true)", (rows.workspace,)
            )
            with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
                await other.execute("SELECT erase_revision(%s, %s, 1, '{}')", (item_id, item_id))
            await other.rollback()


async def test_a_done_erasure_cannot_name_the_customer(
    connection: Connection, workspace: str
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        await asked(connection, workspace, ErasureStatus.DONE)


@pytest.mark.parametrize(
    "change",
    [
        "SET status = 'running'",
        "SET status = 'requested'",
        "SET customer_hash = 'other'",
        "SET requested_by = 'eve'",
        "SET created_at = created_at + interval '1 day'",
    ],
)
async def test_a_done_erasure_stays_done_and_what_was_asked_for_stays_so(
    connection: Connection, workspace: str, change: LiteralString
) -> None:
    erasure_id = await asked(connection, workspace, ErasureStatus.RUNNING)
    await erasures.finish_erasure(connection, workspace, erasure_id, reason="", counts={})

    with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
        await connection.execute(
            sql.SQL("UPDATE erasures {} WHERE id = %s").format(sql.SQL(change)), [erasure_id]
        )


async def test_an_unknown_erasure_is_not_found(connection: Connection, workspace: str) -> None:
    with pytest.raises(NotFoundError):
        await erasures.get_erasure(connection, workspace, uuid4())


def test_the_hash_tells_the_reference_to_who_knows_it_and_is_salted() -> None:
    new = NewErasure(id=uuid4(), customer_ref="c-1", requested_by="ada")

    assert new.customer_hash() == new.model_copy(update={"reason": "x"}).customer_hash()
    assert new.customer_hash() != new.model_copy(update={"id": uuid4()}).customer_hash()
    assert new.customer_hash() != new.model_copy(update={"customer_ref": "c-2"}).customer_hash()
