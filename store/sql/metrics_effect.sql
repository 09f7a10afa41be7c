-- name: list_learned_items
-- The items that approved proposals have changed, those first that most of the newest answers rested
-- on. Ids of outcomes grow with time, so that their key alone bounds the answers that are read.
SELECT l.item_id, coalesce(u.uses, 0) AS uses
FROM (
    SELECT DISTINCT r.item_id FROM releases r
    WHERE r.workspace = %(workspace)s AND r.proposal_id IS NOT NULL AND r.created_at < %(end)s
) AS l
LEFT JOIN (
    SELECT n.item_id, count(*) AS uses FROM (
        SELECT s.item_id FROM outcome_items s
        WHERE s.workspace = %(workspace)s
          AND s.outcome_id >= %(first_id)s AND s.outcome_id < %(end_id)s
        ORDER BY s.outcome_id DESC LIMIT %(newest)s
    ) AS n
    GROUP BY n.item_id
) AS u ON u.item_id = l.item_id
ORDER BY uses DESC, l.item_id LIMIT %(limit)s

-- name: list_learned_releases
-- The releases that approved proposals made of some items: from when on each was in force, and the
-- times of the item's release before it and after it.
SELECT r.item_id, r.number AS release, r.created_at AS since, r.proposal_id,
       r.previous_at, r.next_at,
       coalesce(v.content ->> 'title', v.content ->> 'name', '') AS title,
       (p.verification ->> 'predicted_prevented')::integer AS predicted
FROM (
    SELECT a.workspace, a.item_id, a.number, a.revision, a.created_at, a.proposal_id,
           lag(a.created_at) OVER w AS previous_at, lead(a.created_at) OVER w AS next_at
    FROM releases a
    WHERE a.workspace = %(workspace)s AND a.item_id = ANY(%(item_ids)s)
      AND a.created_at < %(end)s
    WINDOW w AS (PARTITION BY a.item_id ORDER BY a.number)
) AS r
JOIN proposals p ON p.workspace = r.workspace AND p.id = r.proposal_id
JOIN items i ON i.workspace = r.workspace AND i.id = r.item_id
JOIN revisions v ON v.workspace = r.workspace AND v.item_id = r.item_id
    AND v.number = i.head_revision
ORDER BY r.number

-- name: count_cases
-- The newest cases of each item between two moments: answers that rested on it, queries that were
-- handed to a human while the agent had it in mind, and interventions that led to changes of it. An
-- intervention of a query that was reported is the same case as that query.
SELECT w.place, count(*) AS total,
       count(*) FILTER (WHERE c.handed_off) AS handed_off,
       count(*) FILTER (WHERE NOT c.handed_off AND c.wrong) AS wrong,
       count(*) FILTER (WHERE NOT c.handed_off AND NOT c.wrong AND c.settled) AS "right",
       count(*) FILTER (WHERE NOT c.handed_off AND NOT c.wrong AND NOT c.settled) AS unsettled
FROM unnest(%(item_ids)s::uuid[], %(first_ids)s::uuid[], %(end_ids)s::uuid[],
            %(starts)s::timestamptz[], %(ends)s::timestamptz[])
    WITH ORDINALITY AS w (item_id, first_id, end_id, start_at, end_at, place)
CROSS JOIN LATERAL (
    SELECT k.id, bool_or(k.handed_off) AS handed_off, bool_or(k.wrong) AS wrong,
           bool_or(k.settled) AS settled, max(k.at) AS at
    FROM (
        SELECT o.id, o.handled_by = 'human' AS handed_off,
               o.handled_by = 'agent' AND (v.outcome_id IS NOT NULL OR o.correct IS FALSE) AS wrong,
               o.correct IS NOT NULL OR o.created_at <= %(settled_before)s AS settled,
               o.created_at AS at
        FROM (
            (SELECT DISTINCT s.outcome_id FROM outcome_items s
             WHERE s.workspace = %(workspace)s AND s.item_id = w.item_id
               AND s.outcome_id >= w.first_id AND s.outcome_id < w.end_id
             ORDER BY s.outcome_id DESC LIMIT %(most)s)
            UNION
            (SELECT g.id FROM outcomes g
             WHERE g.workspace = %(workspace)s AND g.guess = w.item_id
               AND g.handled_by = 'human' AND g.id >= w.first_id AND g.id < w.end_id
             ORDER BY g.id DESC LIMIT %(most)s)
        ) AS near
        JOIN outcomes o ON o.workspace = %(workspace)s AND o.id = near.outcome_id
        LEFT JOIN outcome_verdicts v ON v.workspace = o.workspace AND v.outcome_id = o.id
        UNION ALL
        SELECT coalesce(q.id, n.id), q.handled_by IS DISTINCT FROM 'agent',
               q.handled_by IS NOT DISTINCT FROM 'agent', true,
               coalesce(q.created_at, n.created_at)
        FROM interventions n
        LEFT JOIN outcome_verdicts x ON x.workspace = n.workspace AND x.intervention_id = n.id
        LEFT JOIN outcomes q ON q.workspace = x.workspace AND q.id = x.outcome_id
        WHERE n.workspace = %(workspace)s
          AND coalesce(q.created_at, n.created_at) >= w.start_at
          AND coalesce(q.created_at, n.created_at) < w.end_at
          AND n.id IN (
              SELECT e.intervention_id FROM evidence e
              WHERE e.workspace = %(workspace)s AND e.proposal_id IN (
                  SELECT a.id FROM proposals a
                  WHERE a.workspace = %(workspace)s AND a.item_id = w.item_id
                  UNION SELECT b.proposal_id FROM revisions b
                  WHERE b.workspace = %(workspace)s AND b.item_id = w.item_id))
    ) AS k
    GROUP BY k.id ORDER BY max(k.at) DESC, k.id DESC LIMIT %(most)s
) AS c
GROUP BY w.place
