-- name: insert_notice
-- Once for each person, occasion and key: a repeat returns no row.
INSERT INTO notices (workspace, person, occasion, proposal_id, comment_id, by, key)
VALUES (%(workspace)s, %(person)s, %(occasion)s, %(proposal_id)s, %(comment_id)s, %(by)s, %(key)s)
ON CONFLICT (workspace, person, occasion, key) DO NOTHING
RETURNING id

-- name: list_unplanned_notices
SELECT id, person, occasion, proposal_id, comment_id, by, key, created_at FROM notices
WHERE workspace = %(workspace)s AND planned_at IS NULL ORDER BY id LIMIT %(limit)s FOR UPDATE

-- name: mark_notice_planned
UPDATE notices SET planned_at = now() WHERE workspace = %(workspace)s AND id = %(id)s

-- name: insert_delivery
INSERT INTO notice_deliveries (workspace, notice_id, channel, target, not_before)
VALUES (%(workspace)s, %(notice_id)s, %(channel)s, %(target)s, %(not_before)s)
ON CONFLICT (workspace, notice_id, channel, target) DO NOTHING

-- name: list_due_deliveries
SELECT id FROM notice_deliveries
WHERE workspace = %(workspace)s AND status IN ('waiting', 'sending') AND not_before <= %(now)s
  AND id <> ALL (%(but)s)
ORDER BY not_before, id LIMIT %(limit)s

-- name: get_next_delivery_time
SELECT min(not_before) AS at FROM notice_deliveries
WHERE workspace = %(workspace)s AND status = 'waiting' AND not_before > %(now)s

-- name: lock_delivery
SELECT d.id, d.notice_id, d.channel, d.target, d.status, n.person, n.occasion, n.proposal_id,
       n.comment_id, n.by, n.key
FROM notice_deliveries d
JOIN notices n ON n.workspace = d.workspace AND n.id = d.notice_id
WHERE d.workspace = %(workspace)s AND d.id = %(id)s
FOR UPDATE OF d

-- name: set_delivery_status
UPDATE notice_deliveries SET status = %(status)s, error_code = %(error_code)s,
    reference = coalesce(%(reference)s, reference),
    settled_at = CASE WHEN %(status)s IN ('sent', 'failed', 'dropped') THEN now() END
WHERE workspace = %(workspace)s AND id = %(id)s

-- name: list_slack_messages
-- What was posted about a proposal and can be changed. A target with a slash is such a change.
SELECT DISTINCT d.reference FROM notice_deliveries d
JOIN notices n ON n.workspace = d.workspace AND n.id = d.notice_id
WHERE d.workspace = %(workspace)s AND n.proposal_id = %(proposal_id)s AND d.channel = 'slack'
  AND d.status = 'sent' AND d.reference IS NOT NULL AND d.target NOT LIKE '%%/%%'
ORDER BY d.reference

-- name: get_person_of_notice
SELECT person FROM notices WHERE workspace = %(workspace)s AND id = %(id)s

-- name: mark_mentions_read
UPDATE notices SET read_at = now()
WHERE workspace = %(workspace)s AND person = %(person)s AND proposal_id = %(proposal_id)s
  AND occasion = 'mentioned' AND read_at IS NULL

-- name: list_unread_mentions
SELECT n.proposal_id, n.by, p.title, n.created_at FROM notices n
JOIN proposals p ON p.workspace = n.workspace AND p.id = n.proposal_id
WHERE n.workspace = %(workspace)s AND n.person = %(person)s AND n.occasion = 'mentioned'
  AND n.read_at IS NULL
ORDER BY n.id LIMIT %(limit)s

-- name: list_reviews_for_digest
-- What waits, most useful first; whose it is, is for the caller to say.
SELECT p.id, p.title, p.kind, p.support, p.priority, r.assignee, r.candidates, r.tier, r.due_at
FROM reviews r JOIN proposals p ON p.workspace = r.workspace AND p.id = r.proposal_id
WHERE r.workspace = %(workspace)s AND r.closed_at IS NULL AND p.status = 'in_review'
  AND (r.candidates = ANY (%(groups)s) OR r.assignee IS NOT NULL)
ORDER BY p.priority DESC, r.due_at, p.id LIMIT %(limit)s

-- name: list_went_live
-- What people have approved since then, and how many answers it was part of.
SELECT p.id, p.title, p.applied_release AS release, (
    SELECT count(*) FROM outcome_items u
    JOIN releases e ON e.workspace = u.workspace AND e.item_id = u.item_id
    WHERE u.workspace = %(workspace)s AND e.number = p.applied_release
      AND u.revision >= e.revision) AS used
FROM proposals p
WHERE p.workspace = %(workspace)s AND p.status = 'applied' AND p.updated_at >= %(since)s
ORDER BY p.applied_release DESC LIMIT %(limit)s

-- name: note_channel_trouble
INSERT INTO channel_troubles (workspace, channel, person, error_code)
VALUES (%(workspace)s, %(channel)s, %(person)s, %(error_code)s)
ON CONFLICT (workspace, channel, person) DO UPDATE SET error_code = excluded.error_code

-- name: clear_channel_trouble
DELETE FROM channel_troubles
WHERE workspace = %(workspace)s AND channel = %(channel)s AND person = ANY (%(people)s)

-- name: list_channel_troubles
SELECT channel, person, error_code, since FROM channel_troubles
WHERE workspace = %(workspace)s AND person = ANY (%(people)s) ORDER BY channel, person
