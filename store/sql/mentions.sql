-- name: insert_mention
INSERT INTO comment_mentions (workspace, comment_id, proposal_id, person, name)
VALUES (%(workspace)s, %(comment_id)s, %(proposal_id)s, %(person)s, %(name)s)
ON CONFLICT DO NOTHING

-- name: open_mentions
-- The newest comment of each open proposal that names a person who has not said anything on it
-- since: no comment and no decision.
SELECT DISTINCT ON (m.proposal_id) m.proposal_id, m.comment_id, c.by, m.created_at
FROM comment_mentions m
JOIN comments c ON c.workspace = m.workspace AND c.id = m.comment_id
JOIN proposals p ON p.workspace = m.workspace AND p.id = m.proposal_id
WHERE m.workspace = %(workspace)s AND m.person = %(person)s
  AND p.status IN ('drafting', 'in_review', 'changes_requested', 'conflicted', 'parked')
  AND NOT EXISTS (
      SELECT FROM comments own
      WHERE own.workspace = m.workspace AND own.proposal_id = m.proposal_id
        AND own.by = %(name)s AND own.created_at > m.created_at)
  AND NOT EXISTS (
      SELECT FROM decisions own
      WHERE own.workspace = m.workspace AND own.proposal_id = m.proposal_id
        AND own.by = %(name)s AND own.created_at > m.created_at)
ORDER BY m.proposal_id, m.created_at DESC, m.comment_id DESC
