-- name: insert_suppression
-- The reason is read from the decision itself, so that what an erasure left of it is what stays.
INSERT INTO suppressions
    (workspace, proposal_id, rejected_by, reason, item_id, base_revision, lifts_after)
SELECT %(workspace)s, p.id, d.by, d.comment, i.id, i.head_revision, %(lifts_after)s
FROM decisions d
JOIN proposals p ON p.workspace = d.workspace AND p.id = d.proposal_id
LEFT JOIN items i ON i.workspace = p.workspace AND i.id = p.item_id
WHERE d.workspace = %(workspace)s AND d.id = %(decision_id)s
ON CONFLICT (workspace, proposal_id) DO NOTHING
RETURNING id

-- name: list_suppressions
SELECT s.id, s.proposal_id, p.title, p.gap, p.kind, s.rejected_by, s.reason, s.item_id,
       (SELECT d.rejection_reason FROM decisions d
        WHERE d.workspace = s.workspace AND d.proposal_id = s.proposal_id
          AND d.effect = 'rejected') AS rejection_reason,
       s.lifts_after, s.lifted_because, s.lifted_by, s.successor_id, s.created_at, s.updated_at,
       CASE WHEN s.status = 'active' AND i.head_revision > s.base_revision THEN 'lapsed'
            ELSE s.status END AS status,
       (SELECT count(DISTINCT e.intervention_id) FROM suppressed_evidence e
        WHERE e.workspace = s.workspace AND e.suppression_id = s.id) AS held_back
FROM suppressions s
JOIN proposals p ON p.workspace = s.workspace AND p.id = s.proposal_id
LEFT JOIN items i ON i.workspace = s.workspace AND i.id = s.item_id
WHERE s.workspace = %(workspace)s
  AND (%(id)s::uuid IS NULL OR s.id = %(id)s)
  AND (%(proposal_id)s::uuid IS NULL OR s.proposal_id = %(proposal_id)s)
  AND (%(successor_id)s::uuid IS NULL OR s.successor_id = %(successor_id)s)
  AND (%(before)s::uuid IS NULL OR s.id < %(before)s)
ORDER BY s.id DESC LIMIT %(limit)s

-- name: lock_suppression
SELECT id FROM suppressions WHERE workspace = %(workspace)s AND id = %(id)s FOR UPDATE

-- name: list_rejected_drafts
-- The rejected drafts of a merge key that a new one is compared with, nearest first. Those whose
-- vector is another model's come first: how near they are is not known.
SELECT s.id AS suppression_id, p.id, p.intervention_id, p.merge_key, p.change,
       p.embedding_model AS model,
       CASE WHEN p.embedding_model = %(model)s
            THEN 1 - (p.embedding <=> %(embedding)s::vector) ELSE 1 END AS similarity
FROM suppressions s
JOIN proposals p ON p.workspace = s.workspace AND p.id = s.proposal_id
WHERE s.workspace = %(workspace)s AND s.successor_id IS NULL
  AND p.kind = %(kind)s AND p.gap = %(gap)s AND p.merge_key = %(merge_key)s
ORDER BY similarity DESC, s.id DESC LIMIT %(limit)s

-- name: edit_suppression
-- One that is made active again is so for the item as it is now.
UPDATE suppressions s SET reason = coalesce(%(reason)s, s.reason),
    lifts_after = coalesce(%(lifts_after)s, s.lifts_after), updated_at = now(),
    status = coalesce(%(status)s, s.status),
    lifted_because = CASE coalesce(%(status)s, s.status)
        WHEN 'lifted' THEN coalesce(s.lifted_because, 'by_hand') END,
    lifted_by = CASE coalesce(%(status)s, s.status)
        WHEN 'lifted' THEN coalesce(s.lifted_by, %(by)s) END,
    base_revision = CASE %(status)s::text WHEN 'active' THEN
        (SELECT i.head_revision FROM items i
         WHERE i.workspace = s.workspace AND i.id = s.item_id)
        ELSE s.base_revision END
WHERE s.workspace = %(workspace)s AND s.id = %(id)s

-- name: end_suppression
-- The proposal takes up what was held back. What a person lifted, or has lapsed, stays so.
UPDATE suppressions SET successor_id = %(successor_id)s, updated_at = now(),
    status = CASE WHEN %(enough)s THEN 'lifted' ELSE status END,
    lifted_because = CASE WHEN %(enough)s THEN 'enough_evidence' ELSE lifted_because END
WHERE workspace = %(workspace)s AND id = %(id)s

-- name: insert_suppressed_evidence
INSERT INTO suppressed_evidence
    (workspace, suppression_id, intervention_id, finding_index, finding, ask)
VALUES (%(workspace)s, %(suppression_id)s, %(intervention_id)s, %(finding_index)s, %(finding)s,
        %(ask)s)
ON CONFLICT DO NOTHING

-- name: find_suppressed_evidence
SELECT suppression_id FROM suppressed_evidence
WHERE workspace = %(workspace)s AND intervention_id = %(intervention_id)s
  AND finding_index = %(finding_index)s

-- name: list_suppressed_evidence
SELECT intervention_id, finding_index, finding, ask, created_at FROM suppressed_evidence
WHERE workspace = %(workspace)s AND suppression_id = %(suppression_id)s
ORDER BY created_at, intervention_id, finding_index

-- name: list_newest_suppressed_evidence
SELECT s.id AS suppression_id, e.intervention_id, e.finding_index, e.finding, e.ask, e.created_at
FROM unnest(%(suppressions)s::uuid[]) AS s (id)
CROSS JOIN LATERAL (
    SELECT intervention_id, finding_index, finding, ask, created_at FROM suppressed_evidence
    WHERE workspace = %(workspace)s AND suppression_id = s.id
    ORDER BY created_at DESC, intervention_id, finding_index LIMIT %(limit)s) AS e
ORDER BY e.created_at DESC, e.intervention_id, e.finding_index

-- name: list_suppressions_of_intervention
SELECT suppression_id FROM suppressed_evidence
WHERE workspace = %(workspace)s AND intervention_id = %(intervention_id)s
ORDER BY finding_index

-- name: list_held_back_interventions
-- Of these interventions those with findings that are held back, each with one suppression, and
-- that support no proposal.
SELECT DISTINCT ON (e.intervention_id) e.intervention_id, e.suppression_id
FROM suppressed_evidence e
WHERE e.workspace = %(workspace)s AND e.intervention_id = ANY(%(interventions)s)
  AND NOT EXISTS (
      SELECT FROM evidence p
      WHERE p.workspace = e.workspace AND p.intervention_id = e.intervention_id)
ORDER BY e.intervention_id, e.finding_index

-- name: list_suppression_reasons
SELECT id, proposal_id, reason FROM suppressions WHERE workspace = %(workspace)s ORDER BY id

-- name: erase_suppression_reason
UPDATE suppressions SET reason = %(reason)s
WHERE workspace = %(workspace)s AND id = %(id)s

-- name: list_suppressed_evidence_to_erase
SELECT intervention_id, finding_index, finding FROM suppressed_evidence
WHERE workspace = %(workspace)s AND intervention_id = ANY(%(interventions)s)

-- name: erase_suppressed_evidence
SELECT erase_suppressed_evidence(%(erasure)s, %(intervention_id)s, %(finding_index)s, %(finding)s)
