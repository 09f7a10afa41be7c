-- name: insert_intervention
INSERT INTO interventions (workspace, source, external_id, body_hash, submission, author)
VALUES (%(workspace)s, %(source)s, %(external_id)s, %(body_hash)s, %(submission)s, %(author)s)
ON CONFLICT (workspace, source, external_id) DO NOTHING
RETURNING id, status

-- name: find_intervention_by_origin
SELECT id, status, body_hash, erased_at FROM interventions
WHERE workspace = %(workspace)s AND source = %(source)s AND external_id = %(external_id)s

-- name: get_intervention
SELECT id, source, external_id, submission, author, status, error_code, erased_at, created_at,
       updated_at
FROM interventions WHERE workspace = %(workspace)s AND id = %(id)s

-- name: list_interventions
SELECT id, source, external_id, author, status, error_code, erased_at, created_at, updated_at
FROM interventions
WHERE workspace = %(workspace)s
  AND (%(status)s::text IS NULL OR status = %(status)s)
  AND (%(before)s::uuid IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s

-- name: list_asks
-- What the customers of some interventions asked, as they were read: without personal data.
SELECT intervention_id, ask FROM analyses
WHERE workspace = %(workspace)s AND intervention_id = ANY(%(ids)s) AND ask <> ''

-- name: set_intervention_status
UPDATE interventions SET status = %(status)s, error_code = %(error_code)s, updated_at = now()
WHERE workspace = %(workspace)s AND id = %(id)s

-- name: set_waiting_status
-- In review while a proposal of its own is under way, parked when only parked ones are left. One
-- whose proposals are all closed stays as it is: its workflow records the end.
UPDATE interventions i SET updated_at = now(), status = CASE WHEN EXISTS (
        SELECT FROM proposals p WHERE p.workspace = i.workspace AND p.intervention_id = i.id
          AND p.status NOT IN ('applied', 'rejected', 'superseded', 'parked'))
    THEN 'in_review' ELSE 'parked' END
WHERE i.workspace = %(workspace)s AND i.id = %(id)s AND EXISTS (
    SELECT FROM proposals p WHERE p.workspace = i.workspace AND p.intervention_id = i.id
      AND p.status NOT IN ('applied', 'rejected', 'superseded'))

-- name: count_interventions
SELECT status, count(*) AS count FROM interventions
WHERE workspace = %(workspace)s GROUP BY status

-- name: insert_analysis
-- The first analysis of an intervention stands; a retried activity changes nothing.
INSERT INTO analyses
    (workspace, intervention_id, analyst, ask, ask_embedding, embedding_model, findings, usage)
VALUES (%(workspace)s, %(intervention_id)s, %(analyst)s, %(ask)s, %(ask_embedding)s::vector,
        %(model)s, %(findings)s, %(usage)s)
ON CONFLICT (workspace, intervention_id) DO NOTHING

-- name: get_analysis
SELECT id, intervention_id, analyst, ask, findings, usage, created_at
FROM analyses WHERE workspace = %(workspace)s AND intervention_id = %(intervention_id)s

-- name: similar_asks
-- Past asks nearest to one, each with what is needed to replay it. `learned` from are those of
-- which a change was applied: what the agent says to them now is what people approved. An ask
-- `led_elsewhere` than to the item if it has proposals that hold and none is about it, or if
-- nothing lacked. A rejected one holds nothing, nor one whose item was retired since.
SELECT near.intervention_id, near.ask, near.similarity, coalesce(led.learned, FALSE) AS learned,
       coalesce(NOT led.here, NOT jsonb_path_exists(a.findings, '$[*] ? (@.gap != "none")'))
           AS led_elsewhere,
       coalesce(i.submission -> 'resolution' ->> 'reply', '') AS reply
FROM (
    SELECT a.intervention_id, a.ask,
           1 - (a.ask_embedding <=> %(embedding)s::vector) AS similarity
    FROM analyses a
    WHERE a.workspace = %(workspace)s AND a.embedding_model = %(model)s
      AND a.ask_embedding IS NOT NULL
      AND (%(except_id)s::uuid IS NULL OR a.intervention_id <> %(except_id)s)
    ORDER BY a.ask_embedding <=> %(embedding)s::vector LIMIT %(limit)s) AS near
JOIN interventions i ON i.workspace = %(workspace)s AND i.id = near.intervention_id
JOIN analyses a ON a.workspace = %(workspace)s AND a.intervention_id = near.intervention_id
CROSS JOIN LATERAL (
    SELECT bool_or(p.status = 'applied') AS learned,
           bool_or(coalesce(l.item_id, p.item_id, p.id) = %(item_id)s)
               FILTER (WHERE p.status NOT IN ('rejected', 'superseded')
                         AND made.status IS DISTINCT FROM 'retired') AS here
    FROM evidence e
    JOIN proposals p ON p.workspace = e.workspace AND p.id = e.proposal_id
    LEFT JOIN releases l ON l.workspace = p.workspace AND l.proposal_id = p.id
    LEFT JOIN items made ON made.workspace = l.workspace AND made.id = l.item_id
    WHERE e.workspace = %(workspace)s AND e.intervention_id = near.intervention_id) AS led
ORDER BY near.similarity DESC

-- name: lock_usage
SELECT usage FROM analyses
WHERE workspace = %(workspace)s AND intervention_id = %(intervention_id)s FOR UPDATE

-- name: set_usage
UPDATE analyses SET usage = %(usage)s
WHERE workspace = %(workspace)s AND intervention_id = %(intervention_id)s

-- name: list_unfinished
-- A sample of what should have a workflow for some time now; by chance, so that each comes up.
-- Over all workspaces: the sweeper serves the whole installation.
SELECT workspace, id FROM interventions
WHERE status IN ('received', 'analyzing', 'in_review', 'parked')
  AND updated_at < now() - %(older_than)s::interval
  AND NOT EXISTS (
    SELECT FROM batch_readings b
    WHERE b.workspace = interventions.workspace AND b.intervention_id = interventions.id
      AND b.status IN ('waiting', 'submitted'))
ORDER BY random() LIMIT %(limit)s
