-- name: search
-- The items that answer a query best: candidates by meaning and by words, each looked up in its own
-- index, one row an item (its best passage). What stands in braces is named below, or is the model,
-- which the planner must see to use that model's index.
WITH asked AS MATERIALIZED (
    SELECT every, seldom FROM search_words(
        coalesce(%(configuration)s::text,
                 (SELECT configuration FROM workspaces WHERE id = %(workspace)s))::regconfig,
        %(query)s)
), nearest AS MATERIALIZED (
    {nearest}
), worded AS MATERIALIZED (
    {worded}
), scored AS (
    SELECT n.passage_id, n.item_id, p.source, p.body, p.words, n.distance
    FROM nearest n
    JOIN visible_passages p ON p.workspace = %(workspace)s AND p.id = n.passage_id
    UNION ALL
    SELECT w.id, w.item_id, w.source, w.body, w.words,
           e.embedding::vector({dimension}) <=> %(embedding)s::vector({dimension})
    FROM worded w
    LEFT JOIN visible_embeddings e ON e.workspace = %(workspace)s AND e.model = {model}
        AND e.passage_id = w.id
), compared AS (
    SELECT passage_id, item_id, source, body, 1 - distance AS similarity,
           coalesce(ts_rank('{{1,1,1,1}}', words, (SELECT every FROM asked)), 0) AS lexical
    FROM scored
), ranked AS (
    -- What has no vector of the model yet stands where the share of the query's words that it has
    -- would put it, were all of them as good as the nearest; 6/pi^2 is the rank of all.
    SELECT *, coalesce(similarity, least(1, lexical * pi() ^ 2 / 6)
                                   * coalesce(max(similarity) OVER (), 1))
              + %(lexical_weight)s * lexical
              + CASE source WHEN 'phrasing' THEN %(phrasing_offset)s ELSE 0 END AS rank
    FROM compared
), best AS (
    SELECT DISTINCT ON (item_id) * FROM ranked ORDER BY item_id, rank DESC, passage_id
), top AS (
    SELECT * FROM best ORDER BY rank DESC, item_id LIMIT %(limit)s
)
SELECT t.item_id AS id, r.kind, r.number AS revision, r.content, t.source, t.body AS matched,
       coalesce(t.similarity, 0) AS similarity, t.lexical,
       n.items AS near_items, n.live AS near_live, n.closed AS near_closed
FROM top t
CROSS JOIN LATERAL (
    SELECT kind, number, content FROM revisions
    WHERE workspace = %(workspace)s AND item_id = t.item_id
      AND (%(as_of)s::integer IS NULL OR release <= %(as_of)s)
    ORDER BY number DESC LIMIT 1
) AS r
CROSS JOIN (
    SELECT count(DISTINCT item_id) AS items, count(*) FILTER (WHERE live) AS live,
           count(*) FILTER (WHERE NOT live) AS closed
    FROM nearest
) AS n
ORDER BY t.rank DESC, t.item_id

-- name: nearest_now
-- With halves of floats the index finds them; with whole ones every row is read, and none missed.
SELECT passage_id, item_id, true AS live,
       embedding::vector({dimension}) <=> %(embedding)s::vector({dimension}) AS distance
FROM visible_embeddings
WHERE workspace = %(workspace)s AND model = {model} AND live
  AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s))
  AND (%(tags)s::text[] IS NULL OR tags && %(tags)s)
ORDER BY embedding::{precision}({dimension}) <=> %(embedding)s::{precision}({dimension})
LIMIT %(reach)s

-- name: worded_now
-- Few enough to be ranked: words that very many passages have do not make a candidate.
SELECT id, item_id, source, body, words FROM (
    SELECT id, item_id, source, body, words FROM visible_passages p
    WHERE workspace = %(workspace)s AND until_release IS NULL
      AND words @@ (SELECT seldom FROM asked)
      AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s))
      AND (%(tags)s::text[] IS NULL OR EXISTS (
          SELECT FROM visible_embeddings e
          WHERE e.workspace = %(workspace)s AND e.passage_id = p.id AND e.tags && %(tags)s))
    LIMIT %(read)s
) AS found
ORDER BY ts_rank('{{1,1,1,1}}', words, (SELECT every FROM asked)) DESC, id LIMIT %(reach)s

-- name: nearest_as_of
-- What has been said since then is passed over in the index; what has ceased is in no index of
-- distances. An item's tags are those that it had.
(
    SELECT e.passage_id, e.item_id, true AS live,
           e.embedding::vector({dimension}) <=> %(embedding)s::vector({dimension}) AS distance
    FROM visible_embeddings e
    JOIN visible_passages p ON p.workspace = %(workspace)s AND p.id = e.passage_id
        AND p.from_release <= %(as_of)s
    WHERE e.workspace = %(workspace)s AND e.model = {model} AND e.live
      AND (%(kinds)s::text[] IS NULL OR e.kind = ANY(%(kinds)s))
      AND (%(tags)s::text[] IS NULL OR (
          SELECT v.content -> 'tags' ?| %(tags)s FROM revisions v
          WHERE v.workspace = %(workspace)s AND v.item_id = e.item_id AND v.release <= %(as_of)s
          ORDER BY v.number DESC LIMIT 1))
    ORDER BY e.embedding::{precision}({dimension}) <=> %(embedding)s::{precision}({dimension})
    LIMIT %(reach)s
) UNION ALL (
    SELECT e.passage_id, e.item_id, false AS live,
           e.embedding::vector({dimension}) <=> %(embedding)s::vector({dimension}) AS distance
    FROM visible_passages p
    JOIN visible_embeddings e ON e.workspace = %(workspace)s AND e.model = {model}
        AND e.passage_id = p.id
    WHERE p.workspace = %(workspace)s AND p.until_release > %(as_of)s
      AND p.from_release <= %(as_of)s
      AND (%(kinds)s::text[] IS NULL OR p.kind = ANY(%(kinds)s))
      AND (%(tags)s::text[] IS NULL OR (
          SELECT v.content -> 'tags' ?| %(tags)s FROM revisions v
          WHERE v.workspace = %(workspace)s AND v.item_id = p.item_id AND v.release <= %(as_of)s
          ORDER BY v.number DESC LIMIT 1))
    ORDER BY distance LIMIT %(reach)s
)

-- name: worded_as_of
SELECT id, item_id, source, body, words FROM (
    SELECT id, item_id, source, body, words FROM visible_passages p
    WHERE workspace = %(workspace)s AND from_release <= %(as_of)s
      AND (until_release IS NULL OR until_release > %(as_of)s)
      AND words @@ (SELECT seldom FROM asked)
      AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s))
      AND (%(tags)s::text[] IS NULL OR (
          SELECT v.content -> 'tags' ?| %(tags)s FROM revisions v
          WHERE v.workspace = %(workspace)s AND v.item_id = p.item_id AND v.release <= %(as_of)s
          ORDER BY v.number DESC LIMIT 1))
    LIMIT %(read)s
) AS found
ORDER BY ts_rank('{{1,1,1,1}}', words, (SELECT every FROM asked)) DESC, id LIMIT %(reach)s
