-- name: lock_drafting
-- One drafter at a time in a workspace and kind: two findings of one gap must see each other.
SELECT pg_advisory_xact_lock(hashtextextended(%(workspace)s || '/' || %(kind)s, 0))

-- name: find_evidence
SELECT proposal_id FROM evidence
WHERE workspace = %(workspace)s AND intervention_id = %(intervention_id)s
  AND finding_index = %(finding_index)s

-- name: list_mergeable
-- Open proposals for the same gap with the same merge key, nearest in meaning first.
SELECT id, intervention_id, merge_key, change,
       1 - (embedding <=> %(embedding)s::vector) AS similarity
FROM proposals
WHERE workspace = %(workspace)s AND kind = %(kind)s AND gap = %(gap)s
  AND merge_key = %(merge_key)s AND embedding_model = %(model)s
  AND status IN ('drafting', 'in_review', 'changes_requested', 'parked')
ORDER BY embedding <=> %(embedding)s::vector
LIMIT %(limit)s

-- name: insert_proposal
INSERT INTO proposals
    (workspace, id, intervention_id, finding_index, gap, status, title, rationale, kind, operation,
     item_id, change, content_hash, analyst, confidence, drafted_by, merge_key, embedding,
     embedding_model)
VALUES (%(workspace)s, %(id)s, %(intervention_id)s, %(finding_index)s, %(gap)s, 'drafting',
        %(title)s, %(rationale)s, %(kind)s, %(operation)s, %(item_id)s, %(change)s,
        %(content_hash)s, %(analyst)s, %(confidence)s, %(drafted_by)s, %(merge_key)s,
        %(embedding)s::vector, %(model)s)

-- name: insert_draft
INSERT INTO proposal_drafts (workspace, proposal_id, draft, change, content_hash, drafted_by)
VALUES (%(workspace)s, %(proposal_id)s, %(draft)s, %(change)s, %(content_hash)s, %(drafted_by)s)

-- name: insert_evidence
INSERT INTO evidence (workspace, proposal_id, intervention_id, finding_index, finding, ask)
VALUES (%(workspace)s, %(proposal_id)s, %(intervention_id)s, %(finding_index)s, %(finding)s,
        %(ask)s)
ON CONFLICT DO NOTHING

-- name: count_support
UPDATE proposals p SET support = (
    SELECT count(DISTINCT e.intervention_id) FROM evidence e
    WHERE e.workspace = p.workspace AND e.proposal_id = p.id), updated_at = now()
WHERE p.workspace = %(workspace)s AND p.id = %(proposal_id)s
RETURNING support

-- name: get_proposal
SELECT id, intervention_id, request_id, finding_index, gap, status, title, rationale, change,
       content_hash, draft, support, analyst, confidence, drafted_by, verification,
       applied_release, created_at, updated_at
FROM proposals WHERE workspace = %(workspace)s AND id = %(id)s

-- name: lock_proposal
SELECT id, intervention_id, request_id, finding_index, gap, status, title, rationale, change,
       content_hash, draft, support, analyst, confidence, drafted_by, verification,
       applied_release, created_at, updated_at
FROM proposals WHERE workspace = %(workspace)s AND id = %(id)s FOR UPDATE

-- name: list_proposals_of_intervention
SELECT p.id, p.intervention_id, p.request_id, p.finding_index, p.gap, p.status, p.title,
       p.rationale, p.change, p.content_hash, p.draft, p.support, p.analyst, p.confidence,
       p.drafted_by, p.verification, p.applied_release, p.created_at, p.updated_at
FROM proposals p
WHERE p.workspace = %(workspace)s AND p.id IN (
    SELECT e.proposal_id FROM evidence e
    WHERE e.workspace = %(workspace)s AND e.intervention_id = %(intervention_id)s)
ORDER BY p.finding_index, p.id

-- name: count_proposals
SELECT status, kind, count(*) AS count FROM proposals
WHERE workspace = %(workspace)s GROUP BY status, kind ORDER BY status, kind

-- name: list_evidence
SELECT intervention_id, finding, ask, created_at FROM evidence
WHERE workspace = %(workspace)s AND proposal_id = %(proposal_id)s
ORDER BY created_at, intervention_id

-- name: set_proposal_status
UPDATE proposals SET status = %(status)s, updated_at = now()
WHERE workspace = %(workspace)s AND id = %(id)s

-- name: set_proposal_applied
UPDATE proposals SET status = 'applied', applied_release = %(release)s, updated_at = now()
WHERE workspace = %(workspace)s AND id = %(id)s

-- name: replace_draft
UPDATE proposals
SET change = %(change)s, content_hash = %(content_hash)s, draft = %(draft)s, title = %(title)s,
    rationale = %(rationale)s, drafted_by = %(drafted_by)s, kind = %(kind)s,
    operation = %(operation)s, item_id = %(item_id)s, merge_key = %(merge_key)s,
    verification = NULL, embedding = %(embedding)s::vector, embedding_model = %(model)s,
    updated_at = now()
WHERE workspace = %(workspace)s AND id = %(id)s

-- name: set_verification
-- Only for the draft that was verified; a newer draft keeps its own.
UPDATE proposals SET verification = %(verification)s, updated_at = now()
WHERE workspace = %(workspace)s AND id = %(id)s AND content_hash = %(content_hash)s

-- name: list_drafts
SELECT draft, change, content_hash, drafted_by, created_at FROM proposal_drafts
WHERE workspace = %(workspace)s AND proposal_id = %(proposal_id)s ORDER BY draft
