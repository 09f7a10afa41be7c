-- name: insert_review
INSERT INTO reviews
    (workspace, proposal_id, clock, tier, candidates, due_at, author, opened_at)
VALUES (%(workspace)s, %(proposal_id)s, %(clock)s, %(tier)s, %(candidates)s, %(due_at)s,
        %(author)s, %(opened_at)s)
ON CONFLICT (workspace, proposal_id) DO NOTHING

-- name: get_review
SELECT proposal_id, clock, assignee, author, opened_at, closed_at FROM reviews
WHERE workspace = %(workspace)s AND proposal_id = %(proposal_id)s

-- name: set_review_clock
UPDATE reviews SET clock = %(clock)s, tier = %(tier)s, candidates = %(candidates)s,
    due_at = %(due_at)s, closed_at = NULL
WHERE workspace = %(workspace)s AND proposal_id = %(proposal_id)s

-- name: set_review_assignee
UPDATE reviews SET assignee = %(assignee)s
WHERE workspace = %(workspace)s AND proposal_id = %(proposal_id)s

-- name: close_review
UPDATE reviews SET closed_at = coalesce(closed_at, now())
WHERE workspace = %(workspace)s AND proposal_id = %(proposal_id)s

-- name: insert_decision
INSERT INTO decisions
    (workspace, id, proposal_id, verdict, content_hash, comment, edited_change, rejection_reason,
     approved_hash, by, role)
VALUES (%(workspace)s, %(id)s, %(proposal_id)s, %(verdict)s, %(content_hash)s, %(comment)s,
        %(edited_change)s, %(rejection_reason)s, %(approved_hash)s, %(by)s, %(role)s)

-- name: insert_settled_decision
INSERT INTO decisions
    (workspace, id, proposal_id, verdict, content_hash, comment, edited_change, rejection_reason,
     approved_hash, by, role, effect, reason, settled_at)
VALUES (%(workspace)s, %(id)s, %(proposal_id)s, %(verdict)s, %(content_hash)s, %(comment)s,
        %(edited_change)s, %(rejection_reason)s, %(approved_hash)s, %(by)s, %(role)s, %(effect)s, %(reason)s, now())

-- name: get_decision
SELECT id, proposal_id, verdict, content_hash, comment, edited_change, rejection_reason, by,
       role, created_at, effect, reason, settled_at
FROM decisions WHERE workspace = %(workspace)s AND id = %(id)s

-- name: list_decisions
SELECT id, proposal_id, verdict, content_hash, comment, edited_change, rejection_reason, by,
       role, created_at, effect, reason, settled_at
FROM decisions WHERE workspace = %(workspace)s AND proposal_id = %(proposal_id)s
ORDER BY created_at, id

-- name: list_approvals
-- The approvals of one exact content that count.
SELECT id, proposal_id, verdict, content_hash, comment, edited_change, rejection_reason, by,
       role, created_at, effect, reason, settled_at
FROM decisions
WHERE workspace = %(workspace)s AND proposal_id = %(proposal_id)s AND verdict = 'approve'
  AND approved_hash = %(content_hash)s AND effect IN ('counted', 'approved')
ORDER BY created_at, id

-- name: settle_decision
UPDATE decisions SET effect = %(effect)s, reason = %(reason)s, settled_at = now()
WHERE workspace = %(workspace)s AND id = %(id)s AND effect = 'pending'

-- name: void_approvals
-- A base that moved takes the approvals with it: they were given for another change.
UPDATE decisions SET effect = 'ignored', reason = 'stale_content'
WHERE workspace = %(workspace)s AND proposal_id = %(proposal_id)s AND effect = 'counted'
  AND approved_hash <> %(content_hash)s

-- name: unsettled_decisions
-- Clicks that no workflow has taken up for a while: they are signalled again.
SELECT d.workspace, d.id, d.proposal_id, e.intervention_id, e.request_id
FROM decisions d JOIN proposals e ON e.workspace = d.workspace AND e.id = d.proposal_id
WHERE d.effect = 'pending' AND d.created_at < now() - %(older_than)s::interval
ORDER BY d.created_at LIMIT 100

-- name: insert_command
INSERT INTO review_commands (workspace, id, proposal_id, kind, by, role, assignee)
VALUES (%(workspace)s, %(id)s, %(proposal_id)s, %(kind)s, %(by)s, %(role)s, %(assignee)s)

-- name: get_command
SELECT id, proposal_id, kind, by, role, assignee, created_at, took_effect, reason
FROM review_commands WHERE workspace = %(workspace)s AND id = %(id)s

-- name: settle_command
UPDATE review_commands
SET took_effect = %(took_effect)s, reason = %(reason)s, settled_at = now()
WHERE workspace = %(workspace)s AND id = %(id)s AND took_effect IS NULL

-- name: unsettled_commands
SELECT c.workspace, c.id, c.kind, c.proposal_id, p.intervention_id, p.request_id
FROM review_commands c JOIN proposals p ON p.workspace = c.workspace AND p.id = c.proposal_id
WHERE c.took_effect IS NULL AND c.created_at < now() - %(older_than)s::interval
ORDER BY c.created_at LIMIT 100

-- name: insert_comment
INSERT INTO comments (workspace, proposal_id, by, body)
VALUES (%(workspace)s, %(proposal_id)s, %(by)s, %(body)s)
RETURNING id, proposal_id, by, body, created_at

-- name: list_comments
SELECT c.id, c.proposal_id, c.by, c.body, c.created_at,
       ARRAY(SELECT m.name FROM comment_mentions m
             WHERE m.workspace = c.workspace AND m.comment_id = c.id ORDER BY m.name) AS mentions
FROM comments c
WHERE c.workspace = %(workspace)s AND c.proposal_id = %(proposal_id)s ORDER BY c.id
