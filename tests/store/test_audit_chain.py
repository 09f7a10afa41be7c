"""The audit's chain against an owner who edits, inserts, deletes, swaps and cuts."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import LiteralString

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.audit_chain import ChainFlaw, ChainVerdict, KeptHead
from domain.base import JsonObject
from store import audit
from store.database import Database
from tests.api.rows import Rows
from tests.domain.strategies import json_objects
from tests.store.conftest import MigratedTo
from tests.store.tampering import tamper, verdict_on, write_entries

ENTRIES = 6
F = ChainFlaw


def at(position: LiteralString) -> LiteralString:
    """Return the condition that picks the audit's entry at a position of the chain."""
    return (
        "workspace = %(workspace)s AND seq = (SELECT seq FROM audit_chain"
        " WHERE workspace = %(workspace)s AND position = " + position + ")"
    )


LINK: LiteralString = "workspace = %(workspace)s AND position = "
TAMPERINGS: dict[str, tuple[tuple[LiteralString, ...], list[tuple[ChainFlaw, int | None]]]] = {
    "actor": (("UPDATE audit SET actor = 'eve' WHERE " + at("3"),), [(F.ALTERED, 3)]),
    "action": (("UPDATE audit SET action = 'none' WHERE " + at("3"),), [(F.ALTERED, 3)]),
    "subject": (("UPDATE audit SET subject = 'x' WHERE " + at("3"),), [(F.ALTERED, 3)]),
    "details": (
        ("UPDATE audit SET details = details || '{\"n\": 7}' WHERE " + at("3"),),
        [(F.ALTERED, 3)],
    ),
    "time by a microsecond": (
        ("UPDATE audit SET at = at + interval '1 microsecond' WHERE " + at("3"),),
        [(F.ALTERED, 3)],
    ),
    "time beyond any": (
        ("UPDATE audit SET at = 'infinity' WHERE " + at("3"),),
        [(F.ALTERED, 3)],
    ),
    "text moved between fields": (
        ("UPDATE audit SET actor = actor || action, action = '' WHERE " + at("3"),),
        [(F.ALTERED, 3)],
    ),
    "seq": (
        ("UPDATE audit SET seq = DEFAULT WHERE " + at("3"),),
        [(F.ENTRY_GONE, 3), (F.UNCHAINED, None)],
    ),
    "the first entry": (("UPDATE audit SET actor = 'eve' WHERE " + at("1"),), [(F.ALTERED, 1)]),
    "the last entry": (("UPDATE audit SET actor = 'eve' WHERE " + at("6"),), [(F.ALTERED, 6)]),
    "a link's hash": (
        ("UPDATE audit_chain SET hash = sha256('x') WHERE " + LINK + "3",),
        [(F.ALTERED, 3)],
    ),
    "the last link's hash": (
        ("UPDATE audit_chain SET hash = sha256('x') WHERE " + LINK + "6",),
        [(F.ALTERED, 6)],
    ),
    "an entry past the trigger": (
        (
            "INSERT INTO audit (workspace, actor, action, subject)"
            " VALUES (%(workspace)s, 'eve', 'approved', 'proposal/1')",
        ),
        [(F.UNCHAINED, None)],
    ),
    "an entry deleted": (("DELETE FROM audit WHERE " + at("3"),), [(F.ENTRY_GONE, 3)]),
    "a link deleted": (
        ("DELETE FROM audit_chain WHERE " + LINK + "3",),
        [(F.LINKS_GONE, 3), (F.UNCHAINED, None)],
    ),
    "an entry and its link deleted": (
        ("DELETE FROM audit WHERE " + at("3"), "DELETE FROM audit_chain WHERE " + LINK + "3"),
        [(F.LINKS_GONE, 3)],
    ),
    "the first link deleted": (
        ("DELETE FROM audit WHERE " + at("1"), "DELETE FROM audit_chain WHERE " + LINK + "1"),
        [(F.LINKS_GONE, 1)],
    ),
    "deleted, and those behind moved up": (
        (
            "DELETE FROM audit WHERE " + at("3"),
            "DELETE FROM audit_chain WHERE " + LINK + "3",
            # In two steps, since the rows come in any order.
            "UPDATE audit_chain SET position = position + 1000"
            " WHERE workspace = %(workspace)s AND position > 3",
            "UPDATE audit_chain SET position = position - 1001"
            " WHERE workspace = %(workspace)s AND position > 1000",
            "UPDATE audit_heads SET position = 5 WHERE workspace = %(workspace)s",
        ),
        [(F.ALTERED, 3), (F.ALTERED, 4), (F.ALTERED, 5)],
    ),
    "two entries' contents swapped": (
        (
            "UPDATE audit a SET action = b.action, subject = b.subject, details = b.details"
            " FROM audit b WHERE a.workspace = %(workspace)s AND b.workspace = a.workspace"
            " AND (a.action, b.action) IN (('action 2', 'action 3'), ('action 3', 'action 2'))",
        ),
        [(F.ALTERED, 3), (F.ALTERED, 4)],
    ),
    "two links swapped": (
        (
            "UPDATE audit_chain SET position = 100 WHERE " + LINK + "3",
            "UPDATE audit_chain SET position = 3 WHERE " + LINK + "4",
            "UPDATE audit_chain SET position = 4 WHERE " + LINK + "100",
        ),
        [(F.ALTERED, 3), (F.ALTERED, 4)],
    ),
    "the end cut off": (
        ("DELETE FROM audit WHERE " + at("6"), "DELETE FROM audit_chain WHERE " + LINK + "6"),
        [(F.CUT, 6)],
    ),
    "everything cut off": (
        (
            "DELETE FROM audit WHERE workspace = %(workspace)s",
            "DELETE FROM audit_chain WHERE workspace = %(workspace)s",
        ),
        [(F.CUT, 1)],
    ),
    "the head's position raised": (
        ("UPDATE audit_heads SET position = 7 WHERE workspace = %(workspace)s",),
        [(F.CUT, 7)],
    ),
    "the head's position lowered": (
        ("UPDATE audit_heads SET position = 5 WHERE workspace = %(workspace)s",),
        [(F.HEAD_DIFFERS, 5)],
    ),
    "the head's hash": (
        ("UPDATE audit_heads SET hash = sha256('x') WHERE workspace = %(workspace)s",),
        [(F.HEAD_DIFFERS, 6)],
    ),
    "the head's hash cut short": (
        ("UPDATE audit_heads SET hash = '' WHERE workspace = %(workspace)s",),
        [(F.HEAD_DIFFERS, 6)],
    ),
    "the head deleted": (
        ("DELETE FROM audit_heads WHERE workspace = %(workspace)s",),
        [(F.HEAD_DIFFERS, 6)],
    ),
    "two at once": (
        (
            "UPDATE audit SET actor = 'eve' WHERE " + at("2"),
            "DELETE FROM audit WHERE " + at("5"),
        ),
        [(F.ALTERED, 2), (F.ENTRY_GONE, 5)],
    ),
}

CUT_AND_MENDED: tuple[LiteralString, ...] = (
    "DELETE FROM audit WHERE " + at("6"),
    "DELETE FROM audit_chain WHERE " + LINK + "6",
    "UPDATE audit_heads h SET position = 5, hash = c.hash FROM audit_chain c"
    " WHERE h.workspace = %(workspace)s AND c.workspace = h.workspace AND c.position = 5",
)
"""A cut that the database alone cannot show."""

REWRITTEN: tuple[LiteralString, ...] = (
    "UPDATE audit SET actor = 'eve' WHERE " + at("6"),
    "UPDATE audit_chain c SET hash = audit_link(b.hash, 6, a) FROM audit a, audit_chain b"
    " WHERE c.workspace = %(workspace)s AND c.position = 6 AND b.workspace = c.workspace"
    " AND b.position = 5 AND a.workspace = c.workspace AND a.seq = c.seq",
    "UPDATE audit_heads h SET hash = c.hash FROM audit_chain c"
    " WHERE h.workspace = %(workspace)s AND c.workspace = h.workspace AND c.position = 6",
)
"""An edit with a new chain behind it, which the database alone cannot show either."""


def places(verdict: ChainVerdict) -> list[tuple[ChainFlaw, int | None]]:
    return [(found.flaw, found.position) for found in verdict.flaws]


async def kept_head(rows: Rows) -> KeptHead:
    head = (await verdict_on(rows.database, rows.workspace)).head
    assert head is not None
    return KeptHead(**head.model_dump(), at=datetime.now(UTC))


async def test_what_nobody_has_touched_holds(rows: Rows) -> None:
    await write_entries(rows, ENTRIES)
    verdict = await verdict_on(rows.database, rows.workspace)
    assert (verdict.holds, verdict.links) == (True, ENTRIES)


async def test_more_links_than_are_read_at_a_time_hold(
    rows: Rows, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.audit_chain._LINKS_AT_A_TIME", 2)
    await write_entries(rows, 5)
    verdict = await verdict_on(rows.database, rows.workspace)
    assert (verdict.holds, verdict.links) == (True, 5)
    far: LiteralString = "UPDATE audit_chain SET position = 9223372036854775807 WHERE " + LINK + "4"
    await tamper(database_url, rows.workspace, far)
    found = await verdict_on(rows.database, rows.workspace)
    assert places(found)[0] == (F.LINKS_GONE, 4)
    assert found.links == 5


async def test_an_audit_without_entries_holds(rows: Rows) -> None:
    verdict = await verdict_on(rows.database, rows.workspace)
    assert (verdict.holds, verdict.links, verdict.head) == (True, 0, None)


@pytest.mark.parametrize("name", TAMPERINGS)
async def test_tampering_is_found_where_it_is(rows: Rows, database_url: str, name: str) -> None:
    await write_entries(rows, ENTRIES)
    statements, expected = TAMPERINGS[name]
    await tamper(database_url, rows.workspace, *statements)
    assert places(await verdict_on(rows.database, rows.workspace)) == expected


@pytest.mark.parametrize("statements", [CUT_AND_MENDED, REWRITTEN], ids=["cut", "rewritten"])
async def test_a_kept_head_finds_what_the_database_hides(
    rows: Rows, database_url: str, statements: tuple[LiteralString, ...]
) -> None:
    await write_entries(rows, ENTRIES)
    kept = await kept_head(rows)
    await tamper(database_url, rows.workspace, *statements)
    assert (await verdict_on(rows.database, rows.workspace)).holds
    found = await verdict_on(rows.database, rows.workspace, (kept,))
    assert places(found) == [(F.KEPT_HEAD_DIFFERS, ENTRIES)]


async def test_a_kept_head_holds_while_the_audit_grows(rows: Rows) -> None:
    await write_entries(rows, 2)
    kept = await kept_head(rows)
    await write_entries(rows, 2)
    assert (await verdict_on(rows.database, rows.workspace, (kept,))).holds


async def test_an_entry_moved_to_another_workspace_is_found_in_both(
    rows: Rows, elsewhere: Rows, database_url: str
) -> None:
    await write_entries(rows, 3)
    await write_entries(elsewhere, 1)
    move: LiteralString = "UPDATE audit SET workspace = %(to)s WHERE " + at("2")
    await tamper(database_url, rows.workspace, move, to=elsewhere.workspace)
    assert places(await verdict_on(rows.database, rows.workspace)) == [(F.ENTRY_GONE, 2)]
    assert places(await verdict_on(rows.database, elsewhere.workspace)) == [(F.UNCHAINED, None)]


async def test_an_edit_with_a_disabled_trigger_is_found(rows: Rows, database_url: str) -> None:
    await write_entries(rows, 2)
    async with await psycopg.AsyncConnection.connect(database_url) as owner:
        await owner.execute("ALTER TABLE audit DISABLE TRIGGER audit_is_append_only")
        await owner.execute("UPDATE audit SET actor = 'eve' WHERE workspace = %s", [rows.workspace])
        await owner.execute("ALTER TABLE audit ENABLE TRIGGER audit_is_append_only")
    assert places(await verdict_on(rows.database, rows.workspace)) == [
        (F.ALTERED, 1),
        (F.ALTERED, 2),
    ]


async def test_twenty_writers_at_once_leave_no_gap(rows: Rows, elsewhere: Rows) -> None:
    class Undone(Exception):
        """What a writer fails with."""

    async def write(n: int) -> None:
        to = (rows, elsewhere)[n % 2]
        async with to.database.transaction(to.workspace) as connection:
            for _ in range(3):
                await audit.record(
                    connection, to.workspace, actor="ana", action=f"a{n}", subject="x"
                )
            if n % 5 == 0:
                raise Undone

    done = await asyncio.gather(*(write(n) for n in range(20)), return_exceptions=True)

    assert sum(isinstance(result, Undone) for result in done) == 4
    for one in (rows, elsewhere):
        verdict = await verdict_on(one.database, one.workspace)
        assert (verdict.holds, verdict.links) == (True, 24)
        assert verdict.head is not None
        assert verdict.head.position == 24


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/St_Johns"])
async def test_a_sessions_time_zone_and_styles_change_nothing(
    rows: Rows, database_url: str, zone: str
) -> None:
    setting = (
        "SELECT set_config('TimeZone', %(zone)s, false), set_config('DateStyle', 'SQL, DMY', false)"
    )
    async with Database(database_url, max_size=1) as database:
        async with database.reading(rows.workspace) as connection:
            await connection.execute(setting, {"zone": zone})
        await write_entries(Rows(database, rows.workspace), 2, price=0.1)
        assert (await verdict_on(database, rows.workspace)).holds
    assert (await verdict_on(rows.database, rows.workspace)).holds


@given(details=json_objects)
@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_any_details_are_chained_as_they_are_stored(rows: Rows, details: JsonObject) -> None:
    async with rows.database.transaction(rows.workspace) as connection:
        await audit.record(
            connection,
            rows.workspace,
            actor="Zoë\n\u202e",
            action="a",
            subject="x",
            details=details,
        )
    assert (await verdict_on(rows.database, rows.workspace)).holds


OLD: LiteralString = """
INSERT INTO workspaces (id) VALUES ('a'), ('b');
INSERT INTO audit (workspace, actor, action, subject, details)
SELECT CASE n % 2 WHEN 0 THEN 'a' ELSE 'b' END, 'ana', 'did', 'x',
       jsonb_build_object('n', n, 'text', 'Zoë', 'deep', jsonb_build_array(n / 3.0))
FROM generate_series(1, 7) AS n
"""


async def test_entries_from_before_the_chain_are_chained_by_the_migration(
    migrated_to: MigratedTo,
) -> None:
    url = await migrated_to("0003")
    async with await psycopg.AsyncConnection.connect(url) as owner:
        await owner.execute(OLD)
    await migrated_to("9999")
    async with Database(url) as database:
        old = {name: await verdict_on(database, name) for name in "ab"}
        await write_entries(Rows(database, "a"), 1)
        new = await verdict_on(database, "a")
    assert {name: (found.holds, found.links) for name, found in old.items()} == {
        "a": (True, 3),
        "b": (True, 4),
    }
    assert (new.holds, new.links) == (True, 4)


FIELDS = ("actor", "action", "subject")
EDITS = st.one_of(
    st.tuples(st.sampled_from(FIELDS), st.integers(1, 8)),
    st.tuples(st.sampled_from(["entry", "link", "both", "hash"]), st.integers(1, 8)),
)
"""What is edited or deleted, and at which position."""

REMOVALS: dict[str, tuple[LiteralString, ...]] = {
    "entry": ("DELETE FROM audit WHERE " + at("%(position)s"),),
    "link": ("DELETE FROM audit_chain WHERE " + LINK + "%(position)s",),
    "both": (
        "DELETE FROM audit WHERE " + at("%(position)s"),
        "DELETE FROM audit_chain WHERE " + LINK + "%(position)s",
    ),
    "hash": ("UPDATE audit_chain SET hash = sha256(hash) WHERE " + LINK + "%(position)s",),
    "actor": ("UPDATE audit SET actor = actor || '.' WHERE " + at("%(position)s"),),
    "action": ("UPDATE audit SET action = action || '.' WHERE " + at("%(position)s"),),
    "subject": ("UPDATE audit SET subject = subject || '.' WHERE " + at("%(position)s"),),
}


@given(count=st.integers(1, 8), edits=st.lists(EDITS, max_size=3, unique_by=lambda edit: edit[1]))
@settings(
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_a_history_holds_exactly_if_nobody_tampered(
    database: Database,
    database_url: str,
    fresh: Callable[[], Awaitable[Rows]],
    count: int,
    edits: list[tuple[str, int]],
) -> None:
    rows = await fresh()
    await write_entries(rows, count)
    edits = [(what, position) for what, position in edits if position <= count]

    for what, position in edits:
        await tamper(database_url, rows.workspace, *REMOVALS[what], position=position)

    verdict = await verdict_on(database, rows.workspace)
    assert verdict.holds == (not edits)
    named = {
        place
        for found in verdict.flaws
        if found.position is not None
        for place in range(found.position, (found.until or found.position) + 1)
    }
    # Behind a link that is gone nothing tells whether the next entry was edited.
    unknowable = {position + 1 for what, position in edits if what in {"link", "both"}}
    assert {position for _, position in edits} - unknowable <= named
