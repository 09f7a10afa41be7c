-- name: inbox_rows
-- What the inbox is sorted and filtered by, one row a proposal. `misses` counts the filters that a
-- row fails, so that the choices of each filter can be counted under all others. What stands in
-- braces is `inbox_searched`, or true.
SELECT f.*,
       (NOT f.by_status)::integer + (NOT f.by_kind)::integer + (NOT f.by_gap)::integer
       + (NOT f.by_tier)::integer + (NOT f.by_assignee)::integer + (NOT f.by_tag)::integer
       + (NOT f.by_due)::integer + (NOT f.by_awaits)::integer
       + (NOT f.by_snoozed)::integer AS misses
FROM (
    SELECT w.*,
           %(status)s::text IS NULL OR w.status = %(status)s AS by_status,
           %(kind)s::text IS NULL OR w.kind = %(kind)s AS by_kind,
           %(gap)s::text IS NULL OR coalesce(w.gap = %(gap)s, false) AS by_gap,
           %(tier)s::text IS NULL OR coalesce(w.tier = %(tier)s, false) AS by_tier,
           CASE %(assignee)s::text WHEN '' THEN true WHEN 'nobody' THEN w.assignee IS NULL
                WHEN 'me' THEN coalesce(lower(w.assignee) = %(person)s, false)
                ELSE coalesce(lower(w.assignee) = lower(%(assignee)s), false) END AS by_assignee,
           %(tag)s::text = '' OR coalesce(w.tags @> ARRAY[%(tag)s::text], false) AS by_tag,
           %(due_before)s::timestamptz IS NULL OR w.status = 'in_review'
               AND w.due_at < %(due_before)s::timestamptz AS by_due,
           NOT %(second)s::boolean OR w.status = 'in_review' AND w.given BETWEEN 1 AND w.needed - 1
               AND %(person)s::text <> ALL(w.approvers) AS by_awaits,
           CASE %(snoozed)s::text WHEN 'shown' THEN true
                WHEN 'only' THEN w.snoozed_until IS NOT NULL
                ELSE w.snoozed_until IS NULL END AS by_snoozed
    FROM (
        SELECT p.workspace, p.id, p.status, p.kind, p.gap, p.priority, p.review_minutes,
               r.candidates AS tier, r.assignee, coalesce(r.due_at, %(never)s::timestamptz) AS due_at,
               t.tags, a.approvers, cardinality(a.approvers) AS given, a.needed,
               1000::bigint * p.priority
                   / (p.review_minutes * greatest(1, a.needed - cardinality(a.approvers))) AS worth,
               CASE WHEN p.status = 'in_review' THEN s.until END AS snoozed_until
        FROM proposals p
        LEFT JOIN reviews r ON r.workspace = %(workspace)s AND r.proposal_id = p.id
        LEFT JOIN proposal_texts t ON t.workspace = %(workspace)s AND t.proposal_id = p.id
        LEFT JOIN snoozes s ON s.workspace = %(workspace)s AND s.proposal_id = p.id
            AND s.person = %(person)s AND s.until > %(now)s::timestamptz
            AND s.content_hash = p.content_hash AND s.tier = r.tier
            AND NOT EXISTS (
                SELECT FROM comment_mentions m
                WHERE m.workspace = %(workspace)s AND m.proposal_id = p.id
                  AND m.person = s.person AND m.created_at > s.created_at)
        CROSS JOIN LATERAL (
            SELECT greatest((r.clock #>> '{{policy,approvals}}')::integer,
                            CASE WHEN p.kind = 'article' THEN 1 ELSE 2 END) AS needed,
                   ARRAY(SELECT DISTINCT lower(d.by) FROM decisions d
                         WHERE d.workspace = %(workspace)s AND d.proposal_id = p.id
                           AND d.effect = 'counted'
                           AND d.approved_hash = p.content_hash) AS approvers
            -- Or the planner would look the decisions up anew wherever they are named.
            OFFSET 0
        ) AS a
        WHERE p.workspace = %(workspace)s
          AND (%(only_status)s::text IS NULL OR p.status = %(only_status)s)
          AND (%(only_id)s::uuid IS NULL OR p.id = %(only_id)s)
          AND {searched}
    ) AS w
) AS f

-- name: inbox_searched
-- By words of the workspace's language, each taken as a beginning; what is not through yet by any
-- part of its text, too.
(p.id IN (SELECT v.proposal_id FROM visible_proposal_texts v
          WHERE v.workspace = %(workspace)s AND v.words @@ (
              SELECT string_agg('''' || replace(replace(l, '\', '\\'), '''', '''''') || ''':*',
                                ' & ')::tsquery
              FROM unnest(tsvector_to_array(to_tsvector(
                  (SELECT configuration FROM workspaces WHERE id = %(workspace)s)::regconfig,
                  %(q)s))) AS l))
 OR p.status NOT IN ('applied', 'rejected', 'superseded')
    AND strpos(t.body, lower(%(q)s)) > 0)

-- name: find_inbox
-- The places of a page: the highest worth first, then what is due first, after a position.
SELECT id, worth, due_at FROM ({rows}) AS i
WHERE i.workspace = %(workspace)s AND misses = 0
  AND (%(after_id)s::uuid IS NULL OR (-worth, due_at, id)
       > (-%(after_worth)s::bigint, %(after_due)s::timestamptz, %(after_id)s::uuid))
ORDER BY -worth, due_at, id LIMIT %(limit)s

-- name: find_inbox_before
-- The same backwards: the places before a position, nearest first.
SELECT id, worth, due_at FROM ({rows}) AS i
WHERE i.workspace = %(workspace)s AND misses = 0
  AND (-worth, due_at, id)
      < (-%(after_worth)s::bigint, %(after_due)s::timestamptz, %(after_id)s::uuid)
ORDER BY -worth DESC, due_at DESC, id DESC LIMIT %(limit)s

-- name: find_place
-- Where one proposal stands, whatever the filters say of it.
SELECT id, worth, due_at FROM ({rows}) AS i WHERE i.workspace = %(workspace)s

-- name: count_inbox
-- How many proposals each choice of each filter would show, with the other filters as they are.
WITH found AS MATERIALIZED (SELECT * FROM ({rows}) AS i WHERE i.workspace = %(workspace)s)
SELECT 'total' AS facet, '' AS value, count(*) AS count FROM found WHERE misses = 0
UNION ALL
SELECT 'status', status, count(*) FROM found WHERE misses = (NOT by_status)::integer
GROUP BY status
UNION ALL
SELECT 'kind', kind, count(*) FROM found WHERE misses = (NOT by_kind)::integer GROUP BY kind
UNION ALL
SELECT 'gap', gap, count(*) FROM found
WHERE misses = (NOT by_gap)::integer AND gap IS NOT NULL GROUP BY gap
UNION ALL
SELECT 'tier', tier, count(*) FROM found
WHERE misses = (NOT by_tier)::integer AND tier IS NOT NULL GROUP BY tier
UNION ALL
SELECT 'assignee', coalesce(assignee, 'nobody'), count(*) FROM found
WHERE misses = (NOT by_assignee)::integer GROUP BY assignee
UNION ALL
SELECT 'assignee', 'me', count(*) FROM found
WHERE misses = (NOT by_assignee)::integer AND lower(assignee) = %(person)s
UNION ALL
SELECT 'tag', tag, count(*) FROM found CROSS JOIN LATERAL unnest(tags) AS tag
WHERE misses = (NOT by_tag)::integer GROUP BY tag
UNION ALL
SELECT 'due', d.name, count(*) FROM found JOIN (
    VALUES ('overdue', %(now)s::timestamptz), ('today', %(midnight)s::timestamptz),
           ('this_week', %(week)s::timestamptz)) AS d (name, before)
    ON found.due_at < d.before
WHERE misses = (NOT by_due)::integer AND status = 'in_review' GROUP BY d.name
UNION ALL
SELECT 'awaits', 'second', count(*) FROM found
WHERE misses = (NOT by_awaits)::integer AND status = 'in_review'
  AND given BETWEEN 1 AND needed - 1 AND %(person)s::text <> ALL(approvers)
UNION ALL
SELECT 'snoozed', 'only', count(*) FROM found
WHERE misses = (NOT by_snoozed)::integer AND snoozed_until IS NOT NULL

-- name: list_inbox_rows
-- What a row of the inbox shows, in no order.
SELECT i.id, i.status, i.kind, i.gap, i.tier, i.assignee, nullif(i.due_at, %(never)s) AS due_at,
       coalesce(i.tags, '{{}}') AS tags, i.given, coalesce(i.needed, 0) AS needed,
       i.snoozed_until, i.worth, i.review_minutes, p.title, p.change, p.content_hash, p.support,
       p.created_at, b.content AS base, p.verification IS NOT NULL AS verified,
       prevented(p.verification) AS prevented,
       (SELECT count(*) FROM jsonb_array_elements(p.verification -> 'cases') AS c
        WHERE c ->> 'effect' = 'fixed') AS fixes,
       (SELECT count(*) FROM jsonb_array_elements(p.verification -> 'cases') AS c
        WHERE c ->> 'effect' = 'broken') AS breaks
FROM ({rows}) AS i JOIN proposals p ON p.workspace = %(workspace)s AND p.id = i.id
LEFT JOIN revisions b ON b.workspace = %(workspace)s
    AND b.item_id = (p.change ->> 'item_id')::uuid
    AND b.number = (p.change ->> 'base_revision')::integer
WHERE i.workspace = %(workspace)s AND i.id = ANY(%(ids)s)

-- name: list_proposals
-- Whole proposals, in no order.
SELECT p.id, p.intervention_id, p.request_id, p.finding_index, p.gap, p.status, p.title,
       p.rationale, p.change, p.content_hash, p.draft, p.support, p.analyst, p.confidence,
       p.drafted_by, p.verification, p.applied_release, p.created_at, p.updated_at, i.assignee,
       nullif(i.due_at, %(never)s) AS due_at, i.tier AS candidates, p.priority, i.worth,
       i.review_minutes, i.given AS approvals_given, i.needed AS approvals_needed,
       i.snoozed_until
FROM ({rows}) AS i JOIN proposals p ON p.workspace = %(workspace)s AND p.id = i.id
WHERE i.workspace = %(workspace)s AND i.id = ANY(%(ids)s)
