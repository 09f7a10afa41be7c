"""Proposals that were there before the inbox could be searched are found too."""

import psycopg

from tests.store.conftest import MigratedTo

_BEFORE = """
INSERT INTO workspaces (id) VALUES ('w');
INSERT INTO interventions (workspace, id, source, external_id, body_hash, submission, status)
VALUES ('w', '00000000-0000-0000-0000-00000000000a', 's', 'x', 'h', '{}', 'closed');
INSERT INTO proposals (workspace, id, intervention_id, finding_index, gap, status, title, rationale,
                       kind, operation, change, content_hash, merge_key, analyst,
                       confidence, drafted_by, embedding, embedding_model)
SELECT 'w', uuidv7(), '00000000-0000-0000-0000-00000000000a', n, 'missing', 'in_review',
       'Title ' || n, 'because', 'article', 'add', '{}', 'h', n::text, '{}', 1, 'a', '[1, 0]', 'm'
FROM generate_series(1, 3) AS n;
INSERT INTO evidence (workspace, proposal_id, intervention_id, finding_index, finding, ask)
SELECT 'w', id, intervention_id, 0, '{}', 'How they asked' FROM proposals WHERE finding_index = 1;
"""


async def test_the_texts_of_earlier_proposals_are_indexed(migrated_to: MigratedTo) -> None:
    url = await migrated_to("0021")
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute(_BEFORE)
    await migrated_to("0033")

    async with await psycopg.AsyncConnection.connect(url) as connection:
        cursor = await connection.execute("SELECT body FROM proposal_texts ORDER BY body")
        assert await cursor.fetchall() == [
            ("title 1\nbecause\nhow they asked",),
            ("title 2\nbecause",),
            ("title 3\nbecause",),
        ]
