-- name: present
-- What `as_of` may name. The newest release may lie ahead of a clock that was set back.
SELECT coalesce(max(number), 0) AS newest,
       greatest(clock_timestamp(), max(created_at)) AS now
FROM (SELECT number, created_at FROM releases WHERE workspace = %(workspace)s
      ORDER BY number DESC LIMIT 1) AS last

-- name: release_at
-- By number: releases from before migration 0004 may have a time later than that of the next.
SELECT number FROM releases
WHERE workspace = %(workspace)s AND created_at <= %(moment)s
ORDER BY number DESC LIMIT 1

-- name: release_time
SELECT created_at FROM releases WHERE workspace = %(workspace)s AND number = %(number)s

-- name: list_releases
SELECT l.number, l.item_id, l.revision, l.kind, l.operation, l.created_at, l.proposal_id,
       r.intervention_id, r.request_id, r.approved_by,
       coalesce(r.content ->> 'title', r.content ->> 'name') AS title,
       coalesce(before.operation = 'retire' AND l.operation = 'revise', false) AS restores
FROM releases l
JOIN revisions r ON r.workspace = l.workspace AND r.item_id = l.item_id AND r.number = l.revision
LEFT JOIN revisions before ON before.workspace = l.workspace AND before.item_id = l.item_id
    AND before.number = l.revision - 1
WHERE l.workspace = %(workspace)s
  AND (%(before)s::integer IS NULL OR l.number < %(before)s)
ORDER BY l.number DESC LIMIT %(limit)s

-- name: list_items_at
-- Items as they stood at a release: each at the newest revision that it had then. The last of
-- them by id ends the walk, or that would go on over all that came later.
SELECT i.id, i.kind, r.status, r.number AS revision, r.content, r.erased_at
FROM items i
CROSS JOIN LATERAL (
    SELECT number, content, erased_at,
           CASE operation WHEN 'retire' THEN 'retired' ELSE 'active' END AS status
    FROM revisions
    WHERE workspace = i.workspace AND item_id = i.id AND release <= %(release)s
    ORDER BY number DESC LIMIT 1) AS r
WHERE i.workspace = %(workspace)s
  AND (%(kind)s::text IS NULL OR i.kind = %(kind)s)
  AND (%(status)s::text IS NULL OR r.status = %(status)s)
  AND (%(tags)s::text[] IS NULL OR r.content -> 'tags' ?| %(tags)s::text[])
  AND (%(after)s::uuid IS NULL OR i.id > %(after)s)
  AND i.id <= (
      SELECT item_id FROM releases
      WHERE workspace = %(workspace)s AND number <= %(release)s AND operation = 'add'
      ORDER BY item_id DESC LIMIT 1)
ORDER BY i.id LIMIT %(limit)s

-- name: get_item_at
SELECT i.id, i.kind, CASE r.operation WHEN 'retire' THEN 'retired' ELSE 'active' END AS status,
       r.number AS revision, r.content, r.erased_at
FROM revisions r JOIN items i ON i.workspace = r.workspace AND i.id = r.item_id
WHERE r.workspace = %(workspace)s AND r.item_id = %(item_id)s AND r.release <= %(release)s
ORDER BY r.number DESC LIMIT 1

-- name: list_differences
-- What agents see of each item at two releases, where that differs, by the item's last release
-- in between: one row an item, found by walking the releases, however many items there are.
SELECT l.number AS release, l.item_id, l.kind,
       older.number AS older_number, older.operation AS older_operation,
       older.content AS older_content, older.release AS older_release,
       newer.number AS newer_number, newer.operation AS newer_operation,
       newer.content AS newer_content, newer.release AS newer_release
FROM releases l
JOIN revisions newer ON newer.workspace = l.workspace AND newer.item_id = l.item_id
    AND newer.number = l.revision
LEFT JOIN revisions again ON again.workspace = l.workspace AND again.item_id = l.item_id
    AND again.number = l.revision + 1 AND again.release <= %(newer)s
LEFT JOIN LATERAL (
    SELECT number, operation, content, release FROM revisions
    WHERE workspace = l.workspace AND item_id = l.item_id AND release <= %(older)s
    ORDER BY number DESC LIMIT 1) AS older ON true
WHERE l.workspace = %(workspace)s AND again.number IS NULL
  AND l.number > greatest(%(older)s, %(after)s) AND l.number <= %(newer)s
  AND CASE WHEN newer.operation = 'retire'
           THEN coalesce(older.operation <> 'retire', false)
           ELSE older.number IS NULL OR older.operation = 'retire'
                OR older.content IS DISTINCT FROM newer.content END
ORDER BY l.number LIMIT %(limit)s

-- name: list_traced_revisions
-- An item's revisions, newest first, with what is known of where each comes from. Their time is
-- that of their release, by which `as_of` finds them.
SELECT r.item_id, r.number, r.parent, r.kind, r.operation, r.content, r.content_hash, r.release,
       r.proposal_id, r.intervention_id, r.request_id, r.approved_by, r.erased_at, l.created_at,
       p.title AS proposal_title, p.drafted_by, p.draft, p.support, p.analyst,
       a.id AS analysis_id,
       c.kind AS request_kind, c.mode AS request_mode, c.requested_by, c.reason AS request_reason,
       d.decisions
FROM revisions r
JOIN releases l ON l.workspace = r.workspace AND l.number = r.release
LEFT JOIN proposals p ON p.workspace = r.workspace AND p.id = r.proposal_id
LEFT JOIN analyses a ON a.workspace = r.workspace AND a.intervention_id = r.intervention_id
LEFT JOIN change_requests c ON c.workspace = r.workspace AND c.id = r.request_id
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('by', by, 'role', role, 'at', created_at,
                                        'comment', comment) ORDER BY created_at, id) AS decisions
    FROM decisions
    WHERE workspace = r.workspace AND proposal_id = r.proposal_id AND verdict = 'approve'
      AND approved_hash = r.content_hash AND effect IN ('counted', 'approved')) AS d ON true
WHERE r.workspace = %(workspace)s AND r.item_id = %(item_id)s
  AND (%(release)s::integer IS NULL OR r.release <= %(release)s)
  AND (%(number)s::integer IS NULL OR r.number = %(number)s)
  AND (%(after)s::integer IS NULL OR r.number > %(after)s)
  AND (%(before)s::integer IS NULL OR r.number < %(before)s)
ORDER BY CASE WHEN %(newest_first)s THEN -r.number ELSE r.number END LIMIT %(limit)s

-- name: count_answers_by_revision
SELECT revision, count(DISTINCT outcome_id) AS count FROM outcome_items
WHERE workspace = %(workspace)s AND item_id = %(item_id)s GROUP BY revision
