-- name: put_golden_query
-- One that is in the set already gets the new expectation; `added` says whether it is new.
INSERT INTO golden_queries (workspace, query, expects, must_contain, item_id, note, created_by)
VALUES (%(workspace)s, %(query)s, %(expects)s, %(must_contain)s, %(item_id)s, %(note)s,
        %(created_by)s)
ON CONFLICT (workspace, md5(lower(query))) WHERE retired_at IS NULL
DO UPDATE SET expects = excluded.expects, must_contain = excluded.must_contain,
    item_id = excluded.item_id, note = excluded.note
RETURNING id, query, expects, must_contain, item_id, note, created_by, created_at, xmax = 0 AS added

-- name: list_golden_queries
SELECT id, query, expects, must_contain, item_id, note, created_by, created_at
FROM golden_queries
WHERE workspace = %(workspace)s AND retired_at IS NULL
  AND (%(before)s::uuid IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s

-- name: count_golden_queries
SELECT count(*) AS count FROM golden_queries
WHERE workspace = %(workspace)s AND retired_at IS NULL

-- name: retire_golden_query
UPDATE golden_queries SET retired_at = now()
WHERE workspace = %(workspace)s AND id = %(id)s AND retired_at IS NULL
RETURNING id

-- name: list_golden_queries_to_erase
SELECT id, query, must_contain, note FROM golden_queries WHERE workspace = %(workspace)s
ORDER BY id

-- name: erase_golden_query
-- One that has lost words says nothing to hold an answer against any more.
UPDATE golden_queries SET query = %(query)s, must_contain = %(must_contain)s, note = %(note)s,
    retired_at = coalesce(retired_at, now())
WHERE workspace = %(workspace)s AND id = %(id)s

-- name: candidate_golden_queries
-- The golden queries that share most words with a text, of the newest ones.
SELECT id, query, expects, must_contain, item_id, note, created_by, created_at
FROM (
    SELECT * FROM golden_queries
    WHERE workspace = %(workspace)s AND retired_at IS NULL
    ORDER BY id DESC LIMIT %(newest)s) AS newest
ORDER BY (SELECT count(*) FROM unnest(%(words)s::text[]) AS word
          WHERE position(word IN lower(query)) > 0) DESC, id DESC
LIMIT %(limit)s

-- name: candidate_outcomes
-- The served queries that share most words with a text, of the newest ones, each text once: as it
-- was served last, and whether it was ever reported as answered correctly.
SELECT id, query, handled_by, known_correct,
       handled_by = 'agent' AND (correct IS FALSE OR correct IS NULL AND EXISTS (
           -- What the agent told was not what lacked: a tool that lacks says nothing of an answer.
           SELECT FROM outcome_verdicts v
           JOIN analyses a ON a.workspace = v.workspace AND a.intervention_id = v.intervention_id
           WHERE v.workspace = %(workspace)s AND v.outcome_id = texts.id AND NOT v.guess_right
             AND jsonb_path_exists(a.findings,
                 '$[*] ? (@.gap == "missing_knowledge" || @.gap == "misapplied_policy")')))
       AND NOT EXISTS (
           SELECT FROM outcome_items used
           JOIN items i ON i.workspace = used.workspace AND i.id = used.item_id
           JOIN revisions served ON served.workspace = i.workspace AND served.item_id = i.id
               AND served.number = used.revision
           JOIN revisions head ON head.workspace = i.workspace AND head.item_id = i.id
               AND head.number = i.head_revision
           WHERE used.workspace = %(workspace)s AND used.outcome_id = texts.id
             AND head.content <> served.content) AS known_wrong,
       ARRAY(SELECT used.item_id FROM outcome_items used
             WHERE used.workspace = %(workspace)s AND used.outcome_id = texts.id) AS answered_from
FROM (
    SELECT DISTINCT ON (lower(newest.query)) newest.id, newest.query, newest.handled_by,
           newest.correct,
           bool_or(coalesce(newest.correct, false)) OVER (PARTITION BY lower(newest.query))
               AS known_correct
    FROM (
        SELECT id, query, handled_by, correct FROM outcomes
        WHERE workspace = %(workspace)s ORDER BY id DESC LIMIT %(newest)s) AS newest
    WHERE newest.query <> %(erased)s
    ORDER BY lower(newest.query), newest.id DESC) AS texts
ORDER BY (SELECT count(*) FROM unnest(%(words)s::text[]) AS word
          WHERE position(word IN lower(query)) > 0) DESC, id DESC
LIMIT %(limit)s
