-- name: list_track_records
-- What became of the answers that rested on each item's head: of the active items, or of some. The
-- newest change comes first.
SELECT i.id AS item_id, i.kind, r.number AS revision, r.created_at AS since,
       count(*) FILTER (WHERE a.held) AS stayed,
       count(*) FILTER (WHERE NOT a.held) AS failed,
       count(*) FILTER (WHERE a.is_head AND a.held IS NULL) AS pending,
       max(o.created_at) AS last_used_at
FROM items i
JOIN revisions r ON r.workspace = i.workspace AND r.item_id = i.id AND r.number = i.head_revision
LEFT JOIN outcome_items s ON s.workspace = i.workspace AND s.item_id = i.id
LEFT JOIN outcomes o ON o.workspace = i.workspace AND o.id = s.outcome_id
LEFT JOIN outcome_verdicts v ON v.workspace = i.workspace AND v.outcome_id = o.id
CROSS JOIN LATERAL (
    SELECT is_head, CASE
        WHEN NOT is_head THEN NULL
        -- An intervention began with the query that was answered so: a human had to come in after.
        WHEN v.outcome_id IS NOT NULL THEN false
        WHEN o.correct IS NOT NULL THEN o.correct
        WHEN o.created_at < %(settled_before)s THEN true END AS held
    FROM (SELECT o.handled_by = 'agent' AND s.revision = i.head_revision AS is_head) AS known
) AS a
WHERE i.workspace = %(workspace)s
  AND CASE WHEN %(item_ids)s::uuid[] IS NULL THEN i.status = 'active'
      ELSE i.id = ANY(%(item_ids)s) END
GROUP BY i.workspace, i.id, r.number, r.created_at, r.release
ORDER BY r.release DESC

-- name: count_uses_by_kind
-- How often items of each kind were used since then.
SELECT i.kind, count(*) AS uses
FROM outcomes o
JOIN outcome_items s ON s.workspace = o.workspace AND s.outcome_id = o.id
JOIN items i ON i.workspace = o.workspace AND i.id = s.item_id
WHERE o.workspace = %(workspace)s AND o.created_at >= %(since)s
GROUP BY i.kind

-- name: list_near_items
-- Of some items, the other ones of their kind that are near in meaning to what they are about: to
-- the shortest passages, which are questions and titles. What stands in braces is the model, which
-- the planner must see to use that model's index.
SELECT e.item_id, n.item_id AS other_id, 1 - min(n.distance) AS similarity
FROM unnest(%(item_ids)s::uuid[]) AS wanted (item_id)
CROSS JOIN LATERAL (
    SELECT p.id FROM visible_passages p
    WHERE p.workspace = %(workspace)s AND p.item_id = wanted.item_id AND p.source = 'content'
      AND p.until_release IS NULL
    ORDER BY char_length(p.body), p.id LIMIT %(passages)s
) AS q
JOIN visible_embeddings e ON e.workspace = %(workspace)s AND e.model = {model} AND e.live
    AND e.passage_id = q.id
CROSS JOIN LATERAL (
    SELECT c.item_id,
           c.embedding::vector({dimension}) <=> e.embedding::vector({dimension}) AS distance
    FROM visible_embeddings c
    WHERE c.workspace = %(workspace)s AND c.model = {model} AND c.live AND c.kind = e.kind
      AND c.item_id <> e.item_id
    ORDER BY c.embedding::halfvec({dimension}) <=> e.embedding::halfvec({dimension})
    LIMIT %(reach)s
) AS n
WHERE n.distance <= %(within)s
GROUP BY e.item_id, n.item_id ORDER BY similarity DESC, e.item_id, n.item_id

-- name: lock_checkups
-- One run writes at a time in a workspace, so that nothing is asked twice.
SELECT pg_advisory_xact_lock(hashtextextended('checkup/' || %(workspace)s, 0))

-- name: insert_checkup
INSERT INTO checkups (workspace, id, started_by, examined, found, proposed)
VALUES (%(workspace)s, %(id)s, %(started_by)s, %(examined)s, %(found)s, %(proposed)s)

-- name: find_checkup
SELECT id, started_by, examined, found, proposed, finished_at FROM checkups
WHERE workspace = %(workspace)s AND id = %(id)s

-- name: find_newest_checkup
SELECT id, started_by, examined, found, proposed, finished_at FROM checkups
WHERE workspace = %(workspace)s ORDER BY finished_at DESC, id DESC LIMIT 1

-- name: list_items_under_change
-- Those of the items that a proposal is open on.
SELECT DISTINCT p.item_id FROM proposals p
WHERE p.workspace = %(workspace)s AND p.item_id = ANY(%(item_ids)s)
  AND p.status NOT IN ('applied', 'rejected', 'superseded')

-- name: list_items_in_revision
-- Those of the items that a proposal is open on, other than a checkup's own wish to retire them.
SELECT DISTINCT p.item_id FROM proposals p
LEFT JOIN change_requests c ON c.workspace = p.workspace AND c.id = p.request_id
WHERE p.workspace = %(workspace)s AND p.item_id = ANY(%(item_ids)s)
  AND p.status NOT IN ('applied', 'rejected', 'superseded')
  AND NOT (p.operation = 'retire' AND c.kind IS NOT DISTINCT FROM 'checkup')

-- name: list_asked_before
-- What a checkup asked last about each item and cause, and whether people have said no.
SELECT f.item_id, f.cause, f.asked_revision AS revision, f.asked_evidence AS evidence, f.asked_at,
       EXISTS (
           SELECT FROM proposals p
           WHERE p.workspace = f.workspace AND p.request_id = f.request_id
             AND p.item_id = f.item_id AND p.status = 'rejected') AS is_declined
FROM checkup_findings f
WHERE f.workspace = %(workspace)s AND f.item_id = ANY(%(item_ids)s) AND f.request_id IS NOT NULL

-- name: save_finding
-- What was asked about it before stays, unless something is asked now.
INSERT INTO checkup_findings AS f
    (workspace, item_id, cause, checkup_id, place, kind, revision, other_id, similarity, health,
     strength, evidence, handling, request_id, asked_at, asked_revision, asked_evidence)
SELECT %(workspace)s, %(item_id)s, %(cause)s, %(checkup_id)s, %(place)s, %(kind)s, %(revision)s,
       %(other_id)s, %(similarity)s, %(health)s, %(strength)s, %(evidence)s, %(handling)s,
       asked.request_id, asked.at, asked.revision, asked.evidence
FROM (SELECT %(request_id)s::uuid AS request_id,
             CASE WHEN %(request_id)s::uuid IS NOT NULL THEN %(now)s::timestamptz END AS at,
             CASE WHEN %(request_id)s::uuid IS NOT NULL THEN %(revision)s::integer END AS revision,
             CASE WHEN %(request_id)s::uuid IS NOT NULL THEN %(evidence)s::integer END AS evidence
) AS asked
ON CONFLICT (workspace, item_id, cause) DO UPDATE SET
    checkup_id = excluded.checkup_id, place = excluded.place, revision = excluded.revision,
    other_id = excluded.other_id, similarity = excluded.similarity, health = excluded.health,
    strength = excluded.strength, evidence = excluded.evidence, handling = excluded.handling,
    found_at = now(),
    request_id = coalesce(excluded.request_id, f.request_id),
    asked_at = coalesce(excluded.asked_at, f.asked_at),
    asked_revision = coalesce(excluded.asked_revision, f.asked_revision),
    asked_evidence = coalesce(excluded.asked_evidence, f.asked_evidence)

-- name: set_return_asked
-- People are asked whether what was quarantined comes back.
UPDATE checkup_findings SET request_id = %(request_id)s
WHERE workspace = %(workspace)s AND item_id = %(item_id)s AND request_id = %(quarantine_id)s

-- name: list_findings
-- What one run has found, in its order; titles are of now. What an earlier one has quarantined is
-- among it until somebody has decided.
SELECT f.checkup_id, f.item_id, f.cause, f.kind, f.revision, f.other_id, f.similarity, f.health, f.strength,
       f.evidence, f.handling, f.request_id, f.found_at,
       coalesce(r.content ->> 'title', r.content ->> 'name', '') AS title,
       coalesce(o.content ->> 'title', o.content ->> 'name', '') AS other_title,
       (SELECT p.id FROM proposals p
        WHERE p.workspace = f.workspace AND p.request_id = f.request_id AND p.item_id = f.item_id
        ORDER BY p.finding_index DESC LIMIT 1) AS proposal_id
FROM checkup_findings f
JOIN items i ON i.workspace = f.workspace AND i.id = f.item_id
JOIN revisions r ON r.workspace = f.workspace AND r.item_id = f.item_id
    AND r.number = i.head_revision
LEFT JOIN items j ON j.workspace = f.workspace AND j.id = f.other_id
LEFT JOIN revisions o ON o.workspace = f.workspace AND o.item_id = f.other_id
    AND o.number = j.head_revision
WHERE f.workspace = %(workspace)s
  AND (f.checkup_id = %(checkup_id)s
       OR (f.handling = 'quarantined' AND i.status = 'retired'
           AND i.head_revision = f.revision + 1))
ORDER BY f.checkup_id = %(checkup_id)s, f.place, f.item_id

-- name: list_item_findings
-- What the newest run says of one item. One that was quarantined is of no later run.
SELECT f.cause, f.handling, f.revision FROM checkup_findings f
WHERE f.workspace = %(workspace)s AND f.item_id = %(item_id)s
  AND (f.handling = 'quarantined' OR f.checkup_id = (
      SELECT c.id FROM checkups c WHERE c.workspace = %(workspace)s
      ORDER BY c.finished_at DESC, c.id DESC LIMIT 1))

-- name: find_quarantine_change
-- Who chose last whether failing articles are taken out, and what they chose.
SELECT actor, details ->> 'quarantine' AS chosen FROM audit
WHERE workspace = %(workspace)s AND subject = 'workspace/' || %(workspace)s
  AND action = 'settings_changed' AND details ? 'quarantine'
ORDER BY seq DESC LIMIT 1
