"""Wordings that were published before passages named their intervention get its id."""

from typing import LiteralString

import psycopg

from tests.store.conftest import MigratedTo

_ASKED_IN = "00000000-0000-0000-0000-00000000000a"
_BEFORE: LiteralString = """
INSERT INTO workspaces (id) VALUES ('w');
INSERT INTO interventions (workspace, id, source, external_id, body_hash, submission, status)
VALUES ('w', '00000000-0000-0000-0000-00000000000a', 's', 'x', 'h', '{}', 'closed');
INSERT INTO proposals (workspace, id, intervention_id, finding_index, gap, status, title, rationale,
                       kind, operation, change, content_hash, merge_key, analyst,
                       confidence, drafted_by, embedding, embedding_model)
VALUES ('w', '00000000-0000-0000-0000-00000000000b', '00000000-0000-0000-0000-00000000000a', 0,
        'missing', 'applied', 't', '', 'article', 'add', '{}', 'h', 'k', '{}',
        1, 'a', '[1, 0]', 'm');
INSERT INTO evidence (workspace, proposal_id, intervention_id, finding_index, finding, ask)
VALUES ('w', '00000000-0000-0000-0000-00000000000b', '00000000-0000-0000-0000-00000000000a', 0,
        '{}', 'how they asked');
INSERT INTO items (workspace, id, kind, head_revision)
VALUES ('w', '00000000-0000-0000-0000-000000000001', 'article', 1);
INSERT INTO releases (workspace, number, item_id, revision, kind, operation, content_hash)
VALUES ('w', 1, '00000000-0000-0000-0000-000000000001', 1, 'article', 'add', 'h');
INSERT INTO revisions (workspace, item_id, number, kind, operation, content, content_hash, release,
                       proposal_id)
VALUES ('w', '00000000-0000-0000-0000-000000000001', 1, 'article', 'add', '{}', 'h', 1,
        '00000000-0000-0000-0000-00000000000b');
INSERT INTO passages (workspace, item_id, kind, source, body, from_release)
SELECT 'w', '00000000-0000-0000-0000-000000000001', 'article', source, body, 1
FROM (VALUES ('phrasing', 'how they asked'), ('phrasing', 'by hand'), ('content', 'how they asked'))
    AS t (source, body);
"""


async def test_a_wording_is_of_the_intervention_in_which_it_was_asked(
    migrated_to: MigratedTo,
) -> None:
    url = await migrated_to("0010")
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute(_BEFORE)
    await migrated_to("0011")
    async with await psycopg.AsyncConnection.connect(url) as connection:
        cursor = await connection.execute(
            "SELECT source, body, intervention_id::text FROM passages"
        )
        found = {(source, body): by for source, body, by in await cursor.fetchall()}
    assert found == {
        ("phrasing", "how they asked"): _ASKED_IN,
        ("phrasing", "by hand"): None,
        ("content", "how they asked"): None,
    }
