-- name: near_wordings
-- The texts by which some items are found, those of each that are nearest to a query, with their
-- vectors. What stands in braces is the model and its dimension.
WITH asked AS MATERIALIZED (
    SELECT every FROM search_words(
        (SELECT configuration FROM workspaces WHERE id = %(workspace)s)::regconfig, %(query)s)
), near AS (
    SELECT e.passage_id, e.item_id, e.embedding::vector({dimension}) AS vector,
           1 - (e.embedding::vector({dimension}) <=> %(embedding)s::vector({dimension}))
               AS similarity,
           row_number() OVER (
               PARTITION BY e.item_id
               ORDER BY e.embedding::vector({dimension}) <=> %(embedding)s::vector({dimension}),
                        e.passage_id) AS place
    FROM visible_embeddings e
    WHERE e.workspace = %(workspace)s AND e.model = {model} AND e.live
      AND e.item_id = ANY(%(item_ids)s)
)
SELECT n.item_id, n.similarity, n.vector, p.source,
       coalesce(ts_rank('{{1,1,1,1}}', p.words, (SELECT every FROM asked)), 0)::float8 AS lexical
FROM near n
JOIN visible_passages p ON p.workspace = %(workspace)s AND p.id = n.passage_id
WHERE n.place <= %(per_item)s

-- name: near_wordings_as_of
-- The texts by which some items were found at a release, as near_wordings has those of now.
WITH asked AS MATERIALIZED (
    SELECT every FROM search_words(
        (SELECT configuration FROM workspaces WHERE id = %(workspace)s)::regconfig, %(query)s)
), near AS (
    SELECT e.item_id, e.embedding::vector({dimension}) AS vector, p.source, p.words,
           1 - (e.embedding::vector({dimension}) <=> %(embedding)s::vector({dimension}))
               AS similarity,
           row_number() OVER (
               PARTITION BY e.item_id
               ORDER BY e.embedding::vector({dimension}) <=> %(embedding)s::vector({dimension}),
                        e.passage_id) AS place
    FROM visible_embeddings e
    JOIN visible_passages p ON p.workspace = %(workspace)s AND p.id = e.passage_id
        AND p.from_release <= %(as_of)s
        AND (p.until_release IS NULL OR p.until_release > %(as_of)s)
    WHERE e.workspace = %(workspace)s AND e.model = {model} AND e.item_id = ANY(%(item_ids)s)
)
SELECT n.item_id, n.similarity, n.vector, n.source,
       coalesce(ts_rank('{{1,1,1,1}}', n.words, (SELECT every FROM asked)), 0)::float8 AS lexical
FROM near n
WHERE n.place <= %(per_item)s
