"""What must be true of the record after the chaos, whatever was killed."""

from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import DictRow, dict_row

from tests.chaos.driver import Driver

Rows = list[dict[str, Any]]

_RELEASES = """
SELECT r.number, r.proposal_id, r.content_hash, p.status, p.kind, p.content_hash AS proposed,
       (SELECT count(DISTINCT d.by) FROM decisions d
        WHERE d.proposal_id = r.proposal_id AND d.verdict = 'approve'
          AND d.approved_hash = r.content_hash AND d.effect IN ('counted', 'approved')) AS approvers
FROM releases r LEFT JOIN proposals p ON p.id = r.proposal_id ORDER BY r.number
"""


async def check_nothing_is_lost(database_url: str, driver: Driver) -> None:
    """Assert that all that was acknowledged had its effect, and that nothing else has changed."""
    async with await psycopg.AsyncConnection[DictRow].connect(
        database_url, row_factory=dict_row
    ) as record:

        async def rows(statement: str, *values: object) -> Rows:
            cursor = await record.execute(statement.encode(), values)
            return await cursor.fetchall()

        posted = list(driver.posted)
        kept = await rows("SELECT id, status FROM interventions WHERE id = ANY(%s)", posted)
        assert {row["id"] for row in kept} == driver.posted
        assert "failed" not in {row["status"] for row in kept}
        decided = await rows(
            "SELECT id, effect FROM decisions WHERE id = ANY(%s)", list(driver.decided)
        )
        assert {row["id"] for row in decided} == driver.decided
        assert "pending" not in {row["effect"] for row in decided}
        _check_releases(await rows(_RELEASES), driver.rejected)
        applied = await rows("SELECT id FROM proposals WHERE status = 'applied'")
        released = await rows("SELECT proposal_id AS id FROM releases")
        assert sorted(row["id"] for row in applied) == sorted(row["id"] for row in released)
        revisions = await rows("SELECT release FROM revisions ORDER BY release")
        assert [row["release"] for row in revisions] == list(range(1, len(released) + 1))
        untold = await rows("SELECT id FROM outbox WHERE delivered_at IS NULL AND attempts > 20")
        assert untold == []


def _check_releases(releases: Rows, rejected: set[UUID]) -> None:
    assert [release["number"] for release in releases] == list(range(1, len(releases) + 1))
    for release in releases:
        assert release["proposal_id"] not in rejected
        assert release["status"] == "applied"
        assert release["content_hash"] == release["proposed"]
        assert release["approvers"] >= (1 if release["kind"] == "article" else 2)
