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

-- name: audit_links
-- The time as a number, which no setting of the session writes otherwise.
SELECT c.position, c.seq, coalesce(c.hash, '') AS hash, a.seq IS NOT NULL AS has_entry,
       a.actor, a.action, a.subject, a.details::text AS details,
       extract(epoch FROM a.at) * 1000000 AS at
FROM audit_chain c
LEFT JOIN audit a ON a.workspace = c.workspace AND a.seq = c.seq
WHERE c.workspace = %(workspace)s
ORDER BY c.position

-- name: unchained_audit
SELECT a.seq FROM audit a
LEFT JOIN audit_chain c ON c.workspace = a.workspace AND c.seq = a.seq
WHERE a.workspace = %(workspace)s AND c.seq IS NULL
ORDER BY a.seq LIMIT %(limit)s
