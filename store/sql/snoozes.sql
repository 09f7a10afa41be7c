-- name: set_snooze
-- About the draft and the tier of this moment: with others it is over.
INSERT INTO snoozes (workspace, person, proposal_id, until, content_hash, tier)
SELECT %(workspace)s, %(person)s, p.id, %(until)s, p.content_hash, r.tier
FROM proposals p JOIN reviews r ON r.workspace = p.workspace AND r.proposal_id = p.id
WHERE p.workspace = %(workspace)s AND p.id = %(proposal_id)s AND p.status = 'in_review'
ON CONFLICT (workspace, person, proposal_id) DO UPDATE
    SET until = excluded.until, content_hash = excluded.content_hash, tier = excluded.tier,
        created_at = now()
RETURNING until

-- name: end_snooze
DELETE FROM snoozes
WHERE workspace = %(workspace)s AND person = %(person)s AND proposal_id = %(proposal_id)s
