-- name: proposal_embedding
-- What a person asked for has none.
SELECT embedding::text AS values, embedding_model AS model FROM proposals
WHERE workspace = %(workspace)s AND id = %(id)s AND embedding IS NOT NULL

-- name: list_near_proposals
-- Other proposals that are not over, nearest in meaning first.
SELECT id, title, kind, status, gap, item_id, 1 - (embedding <=> %(embedding)s::vector) AS similarity
FROM proposals
WHERE workspace = %(workspace)s AND id <> %(id)s AND embedding_model = %(model)s
  AND status IN ('drafting', 'in_review', 'changes_requested', 'conflicted', 'parked')
ORDER BY embedding <=> %(embedding)s::vector, id LIMIT %(limit)s

-- name: list_commands
-- What people did to a review beside deciding, oldest first.
SELECT id, proposal_id, kind, by, role, assignee, created_at, took_effect, reason
FROM review_commands
WHERE workspace = %(workspace)s AND proposal_id = %(proposal_id)s AND took_effect
ORDER BY created_at, id LIMIT %(limit)s

-- name: list_events
-- What happened to a subject, of some kinds, oldest first; the newest where there are too many.
SELECT action, actor, details, at FROM (
    SELECT seq, action, actor, details, at FROM audit
    WHERE workspace = %(workspace)s AND subject = %(subject)s AND action = ANY(%(actions)s)
    ORDER BY seq DESC LIMIT %(limit)s
) AS newest
ORDER BY seq
