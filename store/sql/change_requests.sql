-- name: insert_change_request
-- The same asked for again while it is under way is not stored again.
INSERT INTO change_requests
    (workspace, id, kind, mode, requested_by, role, reason, target, content_hashes)
VALUES (%(workspace)s, %(id)s, %(kind)s, %(mode)s, %(requested_by)s, %(role)s, %(reason)s,
        %(target)s, %(content_hashes)s)
ON CONFLICT (workspace, requested_by, kind, mode, target)
    WHERE status IN ('received', 'in_review', 'parked') DO NOTHING

-- name: find_open_change_request
SELECT id, kind, mode, requested_by, role, reason, target, status, error_code, created_at,
       updated_at
FROM change_requests
WHERE workspace = %(workspace)s AND requested_by = %(requested_by)s AND kind = %(kind)s
  AND mode = %(mode)s AND target = %(target)s AND status IN ('received', 'in_review', 'parked')

-- name: get_change_request
SELECT id, kind, mode, requested_by, role, reason, target, status, error_code, created_at,
       updated_at
FROM change_requests WHERE workspace = %(workspace)s AND id = %(id)s

-- name: lock_change_request
SELECT id, kind, mode, requested_by, role, reason, target, status, error_code, created_at,
       updated_at
FROM change_requests WHERE workspace = %(workspace)s AND id = %(id)s FOR UPDATE

-- name: content_hashes_of_change_request
SELECT content_hashes FROM change_requests WHERE workspace = %(workspace)s AND id = %(id)s

-- name: list_change_requests
SELECT id, kind, mode, requested_by, role, reason, target, status, error_code, created_at,
       updated_at
FROM change_requests
WHERE workspace = %(workspace)s
  AND (%(status)s::text IS NULL OR status = %(status)s)
  AND (%(before_at)s::timestamptz IS NULL
       OR (created_at, id) < (%(before_at)s::timestamptz, %(before_id)s::uuid))
ORDER BY created_at DESC, id DESC LIMIT %(limit)s

-- name: set_change_request_status
-- One that has ended stays so: it says what was changed, and the same may have been asked for anew.
UPDATE change_requests SET status = %(status)s, error_code = %(error_code)s, updated_at = now()
WHERE workspace = %(workspace)s AND id = %(id)s
  AND status IN ('received', 'in_review', 'parked')

-- name: set_waiting_change_request
-- In review while one of its proposals is under way, parked when only parked ones are left. One
-- whose proposals are all closed stays as it is: its workflow records the end.
UPDATE change_requests c SET updated_at = now(), status = CASE WHEN EXISTS (
        SELECT FROM proposals p WHERE p.workspace = c.workspace AND p.request_id = c.id
          AND p.status NOT IN ('applied', 'rejected', 'superseded', 'parked'))
    THEN 'in_review' ELSE 'parked' END
WHERE c.workspace = %(workspace)s AND c.id = %(id)s
  AND c.status IN ('received', 'in_review', 'parked') AND EXISTS (
    SELECT FROM proposals p WHERE p.workspace = c.workspace AND p.request_id = c.id
      AND p.status NOT IN ('applied', 'rejected', 'superseded'))

-- name: list_unfinished_change_requests
-- A sample, by chance so that each comes up. Over all workspaces, as for interventions.
SELECT workspace, id FROM change_requests
WHERE status IN ('received', 'in_review', 'parked')
  AND updated_at < now() - %(older_than)s::interval
ORDER BY random() LIMIT %(limit)s

-- name: insert_requested_proposal
INSERT INTO proposals
    (workspace, id, request_id, finding_index, status, title, rationale, kind, operation, item_id,
     change, content_hash, drafted_by, merge_key)
VALUES (%(workspace)s, %(id)s, %(request_id)s, %(finding_index)s, 'drafting', %(title)s,
        %(rationale)s, %(kind)s, %(operation)s, %(item_id)s, %(change)s, %(content_hash)s,
        %(drafted_by)s, %(merge_key)s)

-- name: list_proposals_of_request
SELECT p.id, p.intervention_id, p.request_id, p.finding_index, p.gap, p.status, p.title,
       p.rationale, p.change, p.content_hash, p.draft, p.support, p.analyst, p.confidence,
       p.drafted_by, p.verification, p.applied_release, p.created_at, p.updated_at
FROM proposals p
WHERE p.workspace = %(workspace)s AND p.request_id = %(request_id)s ORDER BY p.finding_index

-- name: list_releases_of_request
-- What a forced request has done.
SELECT number, item_id, revision, kind, operation, proposal_id, created_at FROM releases
WHERE workspace = %(workspace)s AND number IN (
    SELECT release FROM revisions
    WHERE workspace = %(workspace)s AND request_id = %(request_id)s)
ORDER BY number

-- name: list_items_moved_since
-- The items whose head came after a release: only these can differ from what they were then.
SELECT DISTINCT item_id FROM revisions
WHERE workspace = %(workspace)s AND release > %(release)s ORDER BY item_id

-- name: list_revisions_of_items
SELECT item_id, number, parent, kind, operation, content, content_hash, release, proposal_id,
       intervention_id, request_id, approved_by, erased_at, created_at
FROM revisions
WHERE workspace = %(workspace)s AND item_id = ANY(%(item_ids)s) ORDER BY item_id, number

-- name: insert_outcome_items
-- Where no revision is named, the head of now. What is no item here is left out.
INSERT INTO outcome_items (workspace, outcome_id, item_id, revision)
SELECT %(workspace)s, %(outcome_id)s, i.id, coalesce(used.revision, i.head_revision)
FROM unnest(%(item_ids)s::uuid[], %(revisions)s::integer[]) AS used (item_id, revision)
JOIN items i ON i.workspace = %(workspace)s AND i.id = used.item_id
ON CONFLICT DO NOTHING

-- name: list_served
-- The answers that rested on some revisions of some items, newest first.
SELECT DISTINCT o.id AS outcome_id, o.query, o.handled_by, o.confidence, o.correct, o.created_at,
       s.item_id, s.revision
FROM unnest(%(item_ids)s::uuid[], %(from_revisions)s::integer[], %(to_revisions)s::integer[])
    AS wanted (item_id, from_revision, to_revision)
JOIN outcome_items s ON s.workspace = %(workspace)s AND s.item_id = wanted.item_id
    AND s.revision BETWEEN wanted.from_revision AND wanted.to_revision
JOIN outcomes o ON o.workspace = %(workspace)s AND o.id = s.outcome_id
WHERE (%(before_id)s::uuid IS NULL OR (o.id, s.item_id, s.revision)
       < (%(before_id)s::uuid, %(before_item)s::uuid, %(before_revision)s::integer))
ORDER BY o.id DESC, s.item_id DESC, s.revision DESC LIMIT %(limit)s

-- name: count_served
SELECT count(DISTINCT s.outcome_id) AS count
FROM unnest(%(item_ids)s::uuid[], %(from_revisions)s::integer[], %(to_revisions)s::integer[])
    AS wanted (item_id, from_revision, to_revision)
JOIN outcome_items s ON s.workspace = %(workspace)s AND s.item_id = wanted.item_id
    AND s.revision BETWEEN wanted.from_revision AND wanted.to_revision
