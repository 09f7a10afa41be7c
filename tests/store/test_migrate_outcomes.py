"""Answers that were given before their revisions were kept are found by their time."""

import psycopg

from tests.store.conftest import MigratedTo

_BEFORE = """
INSERT INTO workspaces (id) VALUES ('w');
INSERT INTO items (workspace, id, kind, head_revision)
VALUES ('w', '00000000-0000-0000-0000-000000000001', 'article', 2);
INSERT INTO releases (workspace, number, item_id, revision, kind, operation, content_hash)
SELECT 'w', n, '00000000-0000-0000-0000-000000000001', n, 'article', 'revise', 'h'
FROM generate_series(1, 2) AS n;
INSERT INTO revisions (workspace, item_id, number, kind, operation, content, content_hash, release,
                       created_at)
SELECT 'w', '00000000-0000-0000-0000-000000000001', n, 'article', 'revise', '{}', 'h', n,
       timestamptz '2026-03-01' + n * interval '1 day'
FROM generate_series(1, 2) AS n;
INSERT INTO outcomes (workspace, query, handled_by, items_used, created_at)
SELECT 'w', 'answer ' || day, 'agent', ARRAY['00000000-0000-0000-0000-000000000001',
                                            '00000000-0000-0000-0000-000000000009']::uuid[],
       timestamptz '2026-03-01 12:00' + day * interval '1 day'
FROM generate_series(0, 2) AS day;
"""


async def test_earlier_answers_count_with_the_revision_of_their_time(
    migrated_to: MigratedTo,
) -> None:
    url = await migrated_to("0004")
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute(_BEFORE)
    await migrated_to("0005")
    async with await psycopg.AsyncConnection.connect(url) as connection:
        cursor = await connection.execute(
            "SELECT o.query, s.revision FROM outcome_items s"
            " JOIN outcomes o ON o.id = s.outcome_id ORDER BY o.query"
        )
        assert await cursor.fetchall() == [("answer 1", 1), ("answer 2", 2)]
