-- name: find_first_and_last_event
-- When the first thing happened in the workspace, and when the last one. Each is one step into an
-- index.
SELECT least((SELECT min(created_at) FROM outcomes WHERE workspace = %(workspace)s),
             (SELECT min(created_at) FROM interventions WHERE workspace = %(workspace)s),
             (SELECT min(created_at) FROM decisions WHERE workspace = %(workspace)s)) AS first_at,
       greatest((SELECT max(created_at) FROM outcomes WHERE workspace = %(workspace)s),
                (SELECT max(created_at) FROM interventions WHERE workspace = %(workspace)s),
                (SELECT max(created_at) FROM decisions WHERE workspace = %(workspace)s)) AS last_at

-- name: count_ends
-- How queries ended, in stretches of time: one pass of an index each, which is several times as fast
-- as one pass that sorts every query into its stretch. `unsaid` are answers of which nobody has said
-- whether they were right.
SELECT w.place, c.handed_off, c.called_right, c.called_wrong,
       c.total - c.handed_off - c.called_right - c.called_wrong AS unsaid
FROM unnest(%(starts)s::timestamptz[], %(ends)s::timestamptz[])
    WITH ORDINALITY AS w (start_at, end_at, place)
CROSS JOIN LATERAL (
    SELECT count(*) AS total,
           count(*) FILTER (WHERE o.handled_by = 'human') AS handed_off,
           count(*) FILTER (WHERE o.correct AND o.handled_by <> 'human') AS called_right,
           count(*) FILTER (WHERE NOT o.correct AND o.handled_by <> 'human') AS called_wrong
    FROM outcomes o
    WHERE o.workspace = %(workspace)s
      AND o.created_at >= w.start_at AND o.created_at < w.end_at
) AS c

-- name: count_objections
-- The answers after which a human had to come in: few, and found by their own table. Ids grow with
-- time, but are made a little later than the time that is kept.
SELECT width_bucket(o.created_at, %(starts)s::timestamptz[]) AS place,
       count(*) FILTER (WHERE o.correct) AS called_right,
       count(*) FILTER (WHERE o.correct IS NULL) AS unsaid
FROM outcome_verdicts v
JOIN outcomes o ON o.workspace = v.workspace AND o.id = v.outcome_id
WHERE v.workspace = %(workspace)s
  AND v.outcome_id >= %(first_id)s AND v.outcome_id < %(end_id)s
  AND o.created_at >= %(start)s AND o.created_at < %(end)s AND o.handled_by <> 'human'
GROUP BY 1

-- name: count_came_in
SELECT width_bucket(created_at, %(steps)s::timestamptz[]) AS step, count(*) AS count
FROM interventions
WHERE workspace = %(workspace)s AND created_at >= %(start)s AND created_at < %(end)s
GROUP BY 1

-- name: count_learned
-- How many approved changes took effect in each step; those before the first are step 0.
SELECT width_bucket(created_at, %(steps)s::timestamptz[]) AS step, count(*) AS count
FROM releases
WHERE workspace = %(workspace)s AND proposal_id IS NOT NULL AND created_at < %(end)s
GROUP BY 1

-- name: list_stages
-- When each n-th approved change of the period took effect, and the last one.
SELECT nth, created_at FROM (
    SELECT row_number() OVER (ORDER BY created_at, number) AS nth, created_at
    FROM releases
    WHERE workspace = %(workspace)s AND proposal_id IS NOT NULL
      AND created_at >= %(start)s AND created_at < %(end)s
) AS learned
WHERE nth %% %(every)s = 0 OR nth = %(last)s
ORDER BY nth

-- name: measure_approvals
-- How long it took from a review's opening to the approval that was enough, by tier and overall.
SELECT r.tier, r.candidates AS "group", count(*) AS approved,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY s.seconds) AS median_seconds,
       percentile_cont(0.9) WITHIN GROUP (ORDER BY s.seconds) AS p90_seconds
FROM decisions d
JOIN reviews r ON r.workspace = d.workspace AND r.proposal_id = d.proposal_id
CROSS JOIN LATERAL (
    SELECT extract(epoch FROM greatest(d.created_at - r.opened_at, interval '0'))::float8 AS seconds
) AS s
WHERE d.workspace = %(workspace)s AND d.effect = 'approved'
  AND d.created_at >= %(start)s AND d.created_at < %(end)s
GROUP BY GROUPING SETS ((r.tier, r.candidates), ())

-- name: count_waiting
-- What waits now, by tier. What has gone on to a later tier has missed its first deadline.
SELECT r.tier, r.candidates AS "group", count(*) AS open,
       count(*) FILTER (WHERE r.tier > 0 OR r.due_at < %(now)s) AS overdue,
       min(r.opened_at) AS oldest_opened_at
FROM proposals p
JOIN reviews r ON r.workspace = p.workspace AND r.proposal_id = p.id
WHERE p.workspace = %(workspace)s AND p.status IN ('in_review', 'changes_requested')
GROUP BY r.tier, r.candidates

-- name: count_parked
SELECT count(*) AS count FROM proposals
WHERE workspace = %(workspace)s AND status = 'parked'

-- name: count_gaps
SELECT width_bucket(a.created_at, %(steps)s::timestamptz[]) AS step, found ->> 'gap' AS gap,
       count(*) AS count
FROM analyses a
CROSS JOIN LATERAL jsonb_array_elements(a.findings) AS found
WHERE a.workspace = %(workspace)s AND a.created_at >= %(start)s AND a.created_at < %(end)s
GROUP BY 1, 2

-- name: count_acceptance
-- What became of the analysts' proposals. One is edited if what was approved is not its first draft.
SELECT p.analyst ->> 'name' AS analyst, p.analyst ->> 'version' AS version,
       p.analyst ->> 'model' AS model,
       count(*) FILTER (WHERE d.effect = 'approved'
                        AND f.content_hash IS NOT DISTINCT FROM d.approved_hash) AS as_drafted,
       count(*) FILTER (WHERE d.effect = 'approved'
                        AND f.content_hash IS DISTINCT FROM d.approved_hash) AS edited,
       count(*) FILTER (WHERE d.effect = 'rejected') AS rejected
FROM decisions d
JOIN proposals p ON p.workspace = d.workspace AND p.id = d.proposal_id
LEFT JOIN proposal_drafts f ON f.workspace = d.workspace AND f.proposal_id = d.proposal_id
    AND f.draft = 1
WHERE d.workspace = %(workspace)s AND d.effect IN ('approved', 'rejected')
  AND d.created_at >= %(start)s AND d.created_at < %(end)s AND p.analyst IS NOT NULL
GROUP BY 1, 2, 3
ORDER BY count(*) DESC, 1, 2, 3

-- name: count_rejection_reasons
SELECT d.rejection_reason AS reason, count(*) AS count
FROM decisions d
WHERE d.workspace = %(workspace)s AND d.effect = 'rejected'
  AND d.created_at >= %(start)s AND d.created_at < %(end)s
GROUP BY d.rejection_reason
ORDER BY count(*) DESC, d.rejection_reason NULLS LAST

-- name: measure_load
-- Who decided how often, and how long after the review was opened; without decisions that came too
-- late or were not allowed.
SELECT d.by AS person,
       count(*) FILTER (WHERE d.verdict = 'approve') AS approvals,
       count(*) FILTER (WHERE d.verdict = 'reject') AS rejections,
       count(*) FILTER (WHERE d.verdict = 'request_changes') AS change_requests,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY s.seconds) AS median_seconds
FROM decisions d
JOIN reviews r ON r.workspace = d.workspace AND r.proposal_id = d.proposal_id
CROSS JOIN LATERAL (
    SELECT extract(epoch FROM greatest(d.created_at - r.opened_at, interval '0'))::float8 AS seconds
) AS s
WHERE d.workspace = %(workspace)s AND d.effect NOT IN ('ignored', 'pending')
  AND d.created_at >= %(start)s AND d.created_at < %(end)s
GROUP BY d.by

-- name: count_assigned
SELECT r.assignee AS person, count(*) AS assigned,
       count(*) FILTER (WHERE r.tier > 0 OR r.due_at < %(now)s) AS overdue
FROM reviews r
JOIN proposals p ON p.workspace = r.workspace AND p.id = r.proposal_id
WHERE r.workspace = %(workspace)s AND r.closed_at IS NULL AND r.assignee IS NOT NULL
  AND p.status IN ('in_review', 'changes_requested')
GROUP BY r.assignee

-- name: find_last_heard_of
SELECT (SELECT max(created_at) FROM outcomes WHERE workspace = %(workspace)s) AS last_outcome_at,
       (SELECT max(created_at) FROM interventions WHERE workspace = %(workspace)s)
       AS last_intervention_at
