-- name: lock_releases
-- One applier at a time in a workspace: release numbers have no gap, and no base moves meanwhile.
SELECT id FROM workspaces WHERE id = %(workspace)s FOR NO KEY UPDATE

-- name: next_release
SELECT coalesce(max(number), 0) + 1 AS number FROM releases WHERE workspace = %(workspace)s

-- name: current_release
SELECT coalesce(max(number), 0) AS number FROM releases WHERE workspace = %(workspace)s

-- name: find_release_of_approval
SELECT number, item_id, revision, kind, operation, proposal_id, created_at FROM releases
WHERE workspace = %(workspace)s AND proposal_id = %(proposal_id)s
  AND content_hash = %(content_hash)s

-- name: find_release_of_proposal
SELECT number, item_id, revision, kind, operation, proposal_id, created_at FROM releases
WHERE workspace = %(workspace)s AND proposal_id = %(proposal_id)s ORDER BY number DESC LIMIT 1

-- name: insert_release
INSERT INTO releases
    (workspace, number, item_id, revision, kind, operation, proposal_id, content_hash)
VALUES (%(workspace)s, %(number)s, %(item_id)s, %(revision)s, %(kind)s, %(operation)s,
        %(proposal_id)s, %(content_hash)s)

-- name: insert_item
INSERT INTO items (workspace, kind, head_revision) VALUES (%(workspace)s, %(kind)s, 1) RETURNING id

-- name: move_head
UPDATE items SET head_revision = %(revision)s, status = %(status)s
WHERE workspace = %(workspace)s AND id = %(item_id)s

-- name: insert_revision
INSERT INTO revisions
    (workspace, item_id, number, parent, kind, operation, content, content_hash, release,
     proposal_id, intervention_id, approved_by)
VALUES (%(workspace)s, %(item_id)s, %(number)s, %(parent)s, %(kind)s, %(operation)s, %(content)s,
        %(content_hash)s, %(release)s, %(proposal_id)s, %(intervention_id)s, %(approved_by)s)

-- name: drop_content_passages
DELETE FROM passages
WHERE workspace = %(workspace)s AND item_id = %(item_id)s AND source = 'content'

-- name: insert_passage
INSERT INTO passages (workspace, item_id, kind, source, body, model, embedding)
VALUES (%(workspace)s, %(item_id)s, %(kind)s, %(source)s, %(body)s, %(model)s,
        %(embedding)s::vector)

-- name: get_item
SELECT i.id, i.kind, i.status, r.number AS revision, r.content
FROM items i
JOIN revisions r ON r.workspace = i.workspace AND r.item_id = i.id AND r.number = i.head_revision
WHERE i.workspace = %(workspace)s AND i.id = %(item_id)s

-- name: get_items
SELECT i.id, i.kind, i.status, r.number AS revision, r.content
FROM items i
JOIN revisions r ON r.workspace = i.workspace AND r.item_id = i.id AND r.number = i.head_revision
WHERE i.workspace = %(workspace)s AND i.id = ANY(%(item_ids)s)

-- name: list_items
SELECT i.id, i.kind, i.status, r.number AS revision, r.content
FROM items i
JOIN revisions r ON r.workspace = i.workspace AND r.item_id = i.id AND r.number = i.head_revision
WHERE i.workspace = %(workspace)s
  AND (%(kind)s::text IS NULL OR i.kind = %(kind)s)
  AND (%(status)s::text IS NULL OR i.status = %(status)s)
  AND (%(after)s::uuid IS NULL OR i.id > %(after)s)
ORDER BY i.id LIMIT %(limit)s

-- name: list_revisions
SELECT item_id, number, parent, kind, operation, content, content_hash, release, proposal_id,
       intervention_id, approved_by, created_at
FROM revisions WHERE workspace = %(workspace)s AND item_id = %(item_id)s ORDER BY number

-- name: list_tools
-- The tool connections that agents have now.
SELECT i.id, i.kind, i.status, r.number AS revision, r.content
FROM items i
JOIN revisions r ON r.workspace = i.workspace AND r.item_id = i.id AND r.number = i.head_revision
WHERE i.workspace = %(workspace)s AND i.kind = 'tool_connection' AND i.status = 'active'

-- name: search_passages
-- The nearest passages by meaning, then those that share words, one row an item: its best passage.
-- Each arm looks through its own index; a passage that only shares words gets its true similarity.
WITH nearest AS (
    SELECT p.id FROM passages p
    JOIN items i ON i.workspace = p.workspace AND i.id = p.item_id AND i.status = 'active'
    WHERE p.workspace = %(workspace)s AND p.model = %(model)s
      AND (%(kinds)s::text[] IS NULL OR p.kind = ANY(%(kinds)s))
    ORDER BY p.embedding <=> %(embedding)s::vector LIMIT %(candidates)s
), worded AS (
    SELECT p.id FROM passages p
    JOIN items i ON i.workspace = p.workspace AND i.id = p.item_id AND i.status = 'active'
    WHERE p.workspace = %(workspace)s AND p.model = %(model)s
      AND (%(kinds)s::text[] IS NULL OR p.kind = ANY(%(kinds)s))
      AND p.words @@ websearch_to_tsquery('english', %(query)s)
    ORDER BY ts_rank_cd(p.words, websearch_to_tsquery('english', %(query)s)) DESC
    LIMIT %(candidates)s
), candidates AS (
    SELECT id FROM nearest UNION SELECT id FROM worded
), best AS (
    SELECT DISTINCT ON (p.item_id) p.item_id, p.source, p.body,
           1 - (p.embedding <=> %(embedding)s::vector) AS score
    FROM candidates c JOIN passages p ON p.workspace = %(workspace)s AND p.id = c.id
    ORDER BY p.item_id, p.embedding <=> %(embedding)s::vector
)
SELECT b.item_id AS id, i.kind, i.status, r.number AS revision, r.content, b.source,
       b.body AS matched, b.score
FROM best b
JOIN items i ON i.workspace = %(workspace)s AND i.id = b.item_id
JOIN revisions r ON r.workspace = i.workspace AND r.item_id = i.id AND r.number = i.head_revision
ORDER BY b.score DESC, b.item_id LIMIT %(limit)s

-- name: find_import
SELECT number, item_id, revision, kind, operation, proposal_id, created_at FROM releases
WHERE workspace = %(workspace)s AND proposal_id IS NULL AND operation = 'add'
  AND content_hash = %(content_hash)s
ORDER BY number LIMIT 1

-- name: find_content
SELECT kind, content FROM revisions
WHERE workspace = %(workspace)s AND item_id = %(item_id)s AND number = %(number)s
