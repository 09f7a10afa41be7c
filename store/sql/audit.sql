-- name: insert_audit
INSERT INTO audit (workspace, actor, action, subject, details)
VALUES (%(workspace)s, %(actor)s, %(action)s, %(subject)s, %(details)s)

-- name: list_audit
-- By position, which is the order of commits: none can appear before the end of a page.
SELECT c.position, a.seq, a.actor, a.action, a.subject, a.details, a.at,
       encode(c.hash, 'hex') AS hash
FROM audit_chain c
JOIN audit a ON a.workspace = c.workspace AND a.seq = c.seq
WHERE c.workspace = %(workspace)s AND c.position > %(after)s
  AND (%(subject)s::text IS NULL OR a.subject = %(subject)s)
ORDER BY c.position LIMIT %(limit)s

-- name: audit_head
SELECT workspace, position, coalesce(encode(hash, 'hex'), '') AS hash FROM audit_heads
WHERE workspace = %(workspace)s

-- name: next_audit_position
SELECT min(position) AS position FROM audit_chain
WHERE workspace = %(workspace)s AND position > %(after)s

-- name: audit_links
-- Ranges, here and of the entries: whatever the planner knows of the tables, it reads only these.
SELECT position, seq, coalesce(hash, '') AS hash FROM audit_chain
WHERE workspace = %(workspace)s AND position BETWEEN %(first)s AND %(last)s
ORDER BY position

-- name: linked_audit
-- The time as a number, which no setting of the session writes otherwise.
SELECT seq, actor, action, subject, details::text AS details, extract(epoch FROM at) * 1000000 AS at
FROM audit
WHERE workspace = %(workspace)s AND seq BETWEEN %(first)s AND %(last)s AND seq = ANY(%(seqs)s)

-- name: count_audit
SELECT count(*) AS count FROM audit WHERE workspace = %(workspace)s

-- name: unchained_audit
SELECT a.seq FROM audit a
LEFT JOIN audit_chain c ON c.workspace = a.workspace AND c.seq = a.seq
WHERE a.workspace = %(workspace)s AND c.seq IS NULL
ORDER BY a.seq LIMIT %(limit)s
