-- name: ensure_embedding_model
SELECT ensure_embedding_model(%(model)s, %(dimension)s)

-- name: forget_embedding_model
SELECT forget_embedding_model(%(model)s) AS forgotten

-- name: list_embedding_models
-- Each with the index of its live vectors and how much of the disk that takes.
SELECT m.model, m.dimension, c.relname AS index_name, pg_relation_size(c.oid) AS index_bytes
FROM embedding_models m
LEFT JOIN pg_class c ON c.oid = to_regclass('embeddings_near_' || left(md5(m.model), 12))
ORDER BY m.created_at, m.model

-- name: list_all_workspaces
SELECT id FROM workspaces

-- name: count_embedded_passages
SELECT count(*) AS total, count(e.passage_id) AS embedded
FROM passages p
LEFT JOIN embeddings e ON e.workspace = p.workspace AND e.model = %(model)s AND e.passage_id = p.id
WHERE p.workspace = %(workspace)s

-- name: count_embedded_asks
-- An erased ask has no vector, and gets none.
SELECT count(*) AS total, count(*) FILTER (WHERE embedding_model = %(model)s) AS embedded
FROM analyses WHERE workspace = %(workspace)s AND ask_embedding IS NOT NULL

-- name: count_embedded_proposals
-- Those that a new draft may still join.
SELECT count(*) AS total, count(*) FILTER (WHERE embedding_model = %(model)s) AS embedded
FROM proposals
WHERE workspace = %(workspace)s AND embedding IS NOT NULL
  AND status NOT IN ('applied', 'rejected', 'superseded')

-- name: list_unembedded_passages
SELECT p.id, p.body AS said, NULL::jsonb AS change FROM passages p
WHERE p.workspace = %(workspace)s AND (%(after)s::uuid IS NULL OR p.id > %(after)s)
  AND NOT EXISTS (
      SELECT FROM embeddings e
      WHERE e.workspace = p.workspace AND e.model = %(model)s AND e.passage_id = p.id)
ORDER BY p.id LIMIT %(limit)s

-- name: list_unembedded_asks
SELECT id, ask AS said, NULL::jsonb AS change FROM analyses
WHERE workspace = %(workspace)s AND (%(after)s::uuid IS NULL OR id > %(after)s)
  AND embedding_model <> %(model)s AND ask_embedding IS NOT NULL
ORDER BY id LIMIT %(limit)s

-- name: list_unembedded_proposals
SELECT id, content_hash AS said, change FROM proposals
WHERE workspace = %(workspace)s AND (%(after)s::uuid IS NULL OR id > %(after)s)
  AND embedding_model <> %(model)s AND status NOT IN ('applied', 'rejected', 'superseded')
ORDER BY id LIMIT %(limit)s

-- name: insert_embeddings
-- Under the release lock, so that no passage closes meanwhile. A passage that says something else
-- by now gets nothing. Its tags are those that its item has, or had when the passage closed.
INSERT INTO embeddings (workspace, passage_id, item_id, kind, tags, model, live, embedding)
SELECT %(workspace)s, p.id, p.item_id, p.kind,
       coalesce(ARRAY(SELECT jsonb_array_elements_text(r.content -> 'tags')), '{}'),
       %(model)s, p.until_release IS NULL, made.embedding::vector
FROM unnest(%(ids)s::uuid[], %(said)s::text[], %(vectors)s::text[]) AS made (id, said, embedding)
JOIN passages p ON p.workspace = %(workspace)s AND p.id = made.id AND p.body = made.said
LEFT JOIN LATERAL (
    SELECT content FROM revisions
    WHERE workspace = p.workspace AND item_id = p.item_id
      AND (p.until_release IS NULL OR release < p.until_release)
    ORDER BY number DESC LIMIT 1
) AS r ON true
ON CONFLICT DO NOTHING

-- name: set_ask_embeddings
UPDATE analyses a SET ask_embedding = made.embedding::vector, embedding_model = %(model)s
FROM unnest(%(ids)s::uuid[], %(said)s::text[], %(vectors)s::text[]) AS made (id, said, embedding)
WHERE a.workspace = %(workspace)s AND a.id = made.id AND a.ask = made.said
  AND a.embedding_model <> %(model)s AND a.ask_embedding IS NOT NULL

-- name: set_proposal_embeddings
UPDATE proposals p SET embedding = made.embedding::vector, embedding_model = %(model)s
FROM unnest(%(ids)s::uuid[], %(said)s::text[], %(vectors)s::text[]) AS made (id, said, embedding)
WHERE p.workspace = %(workspace)s AND p.id = made.id AND p.content_hash = made.said
  AND p.embedding_model <> %(model)s

-- name: prune_embeddings
DELETE FROM embeddings
WHERE workspace = %(workspace)s AND model = %(model)s AND passage_id IN (
    SELECT passage_id FROM embeddings
    WHERE workspace = %(workspace)s AND model = %(model)s LIMIT %(limit)s)
