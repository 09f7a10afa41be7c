-- name: list_deeds
-- By position, which is the order of commits: none can appear before the end of a page.
SELECT c.position, a.actor, a.action, a.subject, a.details, a.at
FROM audit_chain c
JOIN audit a ON a.workspace = c.workspace AND a.seq = c.seq
WHERE c.workspace = %(workspace)s AND c.position > %(after)s
ORDER BY c.position LIMIT %(limit)s

-- name: last_position
SELECT position FROM audit_heads WHERE workspace = %(workspace)s

-- name: listen
LISTEN learning_loop_live

-- name: is_listening
SELECT pg_listening_channels()

-- name: count_in_review
SELECT count(*) AS waiting FROM proposals
WHERE workspace = %(workspace)s AND status = 'in_review'
