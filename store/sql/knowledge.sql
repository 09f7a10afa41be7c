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
-- A clock that was set back does not put a release before the one that it follows.
INSERT INTO releases
    (workspace, number, item_id, revision, kind, operation, proposal_id, content_hash, created_at)
SELECT %(workspace)s, %(number)s, %(item_id)s, %(revision)s, %(kind)s, %(operation)s,
       %(proposal_id)s, %(content_hash)s,
       greatest(clock_timestamp(), max(created_at) + interval '1 microsecond')
FROM releases WHERE workspace = %(workspace)s AND number = %(number)s - 1

-- name: insert_item
INSERT INTO items (workspace, id, kind, language, head_revision)
VALUES (%(workspace)s, coalesce(%(id)s, uuidv7()), %(kind)s, %(language)s, 1) RETURNING id

-- name: move_head
UPDATE items SET head_revision = %(revision)s, status = %(status)s
WHERE workspace = %(workspace)s AND id = %(item_id)s

-- name: insert_revision
INSERT INTO revisions
    (workspace, item_id, number, parent, kind, operation, content, content_hash, release,
     proposal_id, intervention_id, request_id, approved_by)
VALUES (%(workspace)s, %(item_id)s, %(number)s, %(parent)s, %(kind)s, %(operation)s, %(content)s,
        %(content_hash)s, %(release)s, %(proposal_id)s, %(intervention_id)s, %(request_id)s,
        %(approved_by)s)

-- name: close_passages
-- What the item no longer says ceases to be found; earlier releases still find it. Where it goes
-- back to what it was at a release, so do the wordings by which it was not found then.
WITH closed AS (
    UPDATE passages p SET until_release = %(release)s
    WHERE p.workspace = %(workspace)s AND p.item_id = %(item_id)s AND p.until_release IS NULL
      AND (%(retired)s
           OR (p.source = 'content' AND p.body <> ALL(%(bodies)s::text[]))
           OR (p.source = 'phrasing' AND %(phrasings_until)s::integer IS NOT NULL AND NOT EXISTS (
               SELECT FROM passages o
               WHERE o.workspace = %(workspace)s AND o.item_id = %(item_id)s
                 AND o.source = 'phrasing' AND o.body = p.body
                 AND o.from_release <= %(phrasings_until)s
                 AND (o.until_release IS NULL OR o.until_release > %(phrasings_until)s))))
    RETURNING p.id
)
UPDATE embeddings SET live = false
WHERE workspace = %(workspace)s AND passage_id IN (SELECT id FROM closed)

-- name: insert_passages
-- One row a text that is not found already, and its vector by each model.
WITH texts AS (
    SELECT * FROM unnest(%(bodies)s::text[], %(sources)s::text[], %(interventions)s::uuid[],
                         %(languages)s::text[])
        WITH ORDINALITY AS t (body, source, intervention_id, language, place)
), unknown AS (
    SELECT DISTINCT ON (t.body, t.source) t.* FROM texts t
    WHERE NOT EXISTS (
        SELECT FROM passages p WHERE p.workspace = %(workspace)s AND p.item_id = %(item_id)s
          AND p.source = t.source AND p.body = t.body AND p.until_release IS NULL)
    ORDER BY t.body, t.source, t.place
), fresh AS MATERIALIZED (
    SELECT uuidv7() AS id, u.* FROM (SELECT * FROM unknown ORDER BY place) u
), written AS (
    INSERT INTO passages (workspace, id, item_id, kind, source, body, language, intervention_id,
                          from_release)
    SELECT %(workspace)s, id, %(item_id)s, %(kind)s, source, body, language,
           intervention_id, %(release)s
    FROM fresh
)
INSERT INTO embeddings (workspace, passage_id, item_id, kind, tags, model, live, embedding)
SELECT %(workspace)s, f.id, %(item_id)s, %(kind)s, %(tags)s::text[], v.model, true,
       v.embedding::vector
FROM fresh f
JOIN unnest(%(places)s::bigint[], %(models)s::text[], %(vectors)s::text[])
    AS v (place, model, embedding) ON v.place = f.place

-- name: revive_phrasings
-- An item that comes back is found again by the customers' wordings that went with it, and one that
-- goes back to what it was at a release by those of then.
WITH revived AS (
    SELECT uuidv7() AS id, p.id AS old FROM passages p
    WHERE p.workspace = %(workspace)s AND p.item_id = %(item_id)s AND p.source = 'phrasing'
      AND CASE WHEN %(phrasings_until)s::integer IS NULL
          THEN p.until_release = %(retired_in)s::integer
          ELSE p.from_release <= %(phrasings_until)s AND p.until_release > %(phrasings_until)s END
      AND NOT EXISTS (
          SELECT FROM passages o
          WHERE o.workspace = %(workspace)s AND o.item_id = %(item_id)s
            AND o.source = 'phrasing' AND o.body = p.body AND o.until_release IS NULL)
), written AS (
    INSERT INTO passages (workspace, id, item_id, kind, source, body, language, intervention_id,
                          from_release)
    SELECT p.workspace, r.id, p.item_id, p.kind, p.source, p.body, p.language, p.intervention_id,
           %(release)s
    FROM revived r JOIN passages p ON p.workspace = %(workspace)s AND p.id = r.old
)
INSERT INTO embeddings (workspace, passage_id, item_id, kind, tags, model, live, embedding)
SELECT e.workspace, r.id, e.item_id, e.kind, e.tags, e.model, true, e.embedding
FROM revived r JOIN embeddings e ON e.workspace = %(workspace)s AND e.passage_id = r.old

-- name: release_of_revision
SELECT release FROM revisions
WHERE workspace = %(workspace)s AND item_id = %(item_id)s AND number = %(number)s

-- name: set_tags
UPDATE embeddings SET tags = %(tags)s::text[]
WHERE workspace = %(workspace)s AND item_id = %(item_id)s AND live
  AND tags <> %(tags)s::text[]

-- name: language_of_item
SELECT coalesce(i.language, w.language) AS language
FROM items i JOIN workspaces w ON w.id = i.workspace
WHERE i.workspace = %(workspace)s AND i.id = %(item_id)s

-- name: get_item
SELECT i.id, i.kind, i.status, r.number AS revision, r.content, r.erased_at
FROM items i
JOIN revisions r ON r.workspace = i.workspace AND r.item_id = i.id AND r.number = i.head_revision
WHERE i.workspace = %(workspace)s AND i.id = %(item_id)s

-- name: get_items
SELECT i.id, i.kind, i.status, r.number AS revision, r.content, r.erased_at
FROM items i
JOIN revisions r ON r.workspace = i.workspace AND r.item_id = i.id AND r.number = i.head_revision
WHERE i.workspace = %(workspace)s AND i.id = ANY(%(item_ids)s)

-- name: list_items
SELECT i.id, i.kind, i.status, r.number AS revision, r.content, r.erased_at
FROM items i
JOIN revisions r ON r.workspace = i.workspace AND r.item_id = i.id AND r.number = i.head_revision
WHERE i.workspace = %(workspace)s
  AND (%(kind)s::text IS NULL OR i.kind = %(kind)s)
  AND (%(status)s::text IS NULL OR i.status = %(status)s)
  AND (%(tags)s::text[] IS NULL OR r.content -> 'tags' ?| %(tags)s::text[])
  AND (%(after)s::uuid IS NULL OR i.id > %(after)s)
ORDER BY i.id LIMIT %(limit)s

-- name: list_revisions
SELECT item_id, number, parent, kind, operation, content, content_hash, release, proposal_id,
       intervention_id, request_id, approved_by, erased_at, created_at
FROM revisions WHERE workspace = %(workspace)s AND item_id = %(item_id)s ORDER BY number

-- name: list_tools
-- The tool connections that agents have now.
SELECT i.id, i.kind, i.status, r.number AS revision, r.content, r.erased_at
FROM items i
JOIN revisions r ON r.workspace = i.workspace AND r.item_id = i.id AND r.number = i.head_revision
WHERE i.workspace = %(workspace)s AND i.kind = 'tool_connection' AND i.status = 'active'

-- name: find_import
SELECT number, item_id, revision, kind, operation, proposal_id, created_at FROM releases
WHERE workspace = %(workspace)s AND proposal_id IS NULL AND operation = 'add'
  AND content_hash = %(content_hash)s
ORDER BY number LIMIT 1

-- name: find_content
SELECT kind, content FROM revisions
WHERE workspace = %(workspace)s AND item_id = %(item_id)s AND number = %(number)s
