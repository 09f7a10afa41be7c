-- name: touch_presence
-- What has ended is cleared away with it, but for rows that somebody else is at.
WITH ended AS (
    DELETE FROM presence WHERE workspace = %(workspace)s AND (proposal_id, person) IN (
        SELECT proposal_id, person FROM presence
        WHERE workspace = %(workspace)s AND until < now()
          AND (proposal_id, person) <> (%(proposal_id)s::uuid, %(person)s)
        ORDER BY proposal_id, person LIMIT 100 FOR UPDATE SKIP LOCKED)
)
INSERT INTO presence (workspace, proposal_id, person, until)
SELECT %(workspace)s, id, %(person)s, now() + make_interval(secs => %(seconds)s)
FROM proposals WHERE workspace = %(workspace)s AND id = %(proposal_id)s
ON CONFLICT (workspace, proposal_id, person) DO UPDATE SET until = EXCLUDED.until

-- name: end_presence
DELETE FROM presence
WHERE workspace = %(workspace)s AND proposal_id = %(proposal_id)s AND person = %(person)s

-- name: list_presence
SELECT proposal_id, person FROM presence
WHERE workspace = %(workspace)s AND proposal_id = ANY(%(proposal_ids)s) AND until >= now()
ORDER BY proposal_id, person
