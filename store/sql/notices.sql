-- name: insert_notice
-- Once for each person, occasion and key: a repeat returns no row.
INSERT INTO notices (workspace, person, occasion, proposal_id, comment_id, by, key)
VALUES (%(workspace)s, %(person)s, %(occasion)s, %(proposal_id)s, %(comment_id)s, %(by)s, %(key)s)
ON CONFLICT (workspace, person, occasion, key) DO NOTHING
RETURNING id
