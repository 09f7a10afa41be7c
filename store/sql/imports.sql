-- name: insert_import
INSERT INTO imports (workspace, requested_by) VALUES (%(workspace)s, %(by)s) RETURNING id

-- name: insert_import_entries
INSERT INTO import_entries (workspace, import_id, place, entry)
SELECT %(workspace)s, %(import_id)s, place - 1, entry::jsonb
FROM unnest(%(entries)s::text[]) WITH ORDINALITY AS t (entry, place)

-- name: lock_import
SELECT requested_by, finished_at FROM imports
WHERE workspace = %(workspace)s AND id = %(import_id)s FOR UPDATE

-- name: list_import_entries
SELECT e.place, e.entry, e.outcome, e.problem, e.item_id, e.release, r.revision
FROM import_entries e
LEFT JOIN releases r ON r.workspace = e.workspace AND r.number = e.release
WHERE e.workspace = %(workspace)s AND e.import_id = %(import_id)s ORDER BY e.place

-- name: settle_import_entry
UPDATE import_entries SET outcome = %(outcome)s, problem = %(problem)s, item_id = %(item_id)s,
    release = %(release)s
WHERE workspace = %(workspace)s AND import_id = %(import_id)s AND place = %(place)s

-- name: finish_import
WITH cleared AS (
    UPDATE import_entries SET entry = NULL
    WHERE workspace = %(workspace)s AND import_id = %(import_id)s
)
UPDATE imports SET finished_at = coalesce(finished_at, now())
WHERE workspace = %(workspace)s AND id = %(import_id)s

-- name: list_abandoned_imports
-- Over all workspaces: the sweeper serves the whole installation.
SELECT workspace, id FROM imports
WHERE finished_at IS NULL AND created_at < now() - %(older_than)s::interval
ORDER BY created_at LIMIT %(limit)s

-- name: list_pending_entries
SELECT e.import_id, e.entry FROM import_entries e
JOIN imports i ON i.workspace = e.workspace AND i.id = e.import_id
WHERE e.workspace = %(workspace)s AND i.finished_at IS NULL AND e.entry IS NOT NULL
ORDER BY e.import_id, e.place

-- name: find_stored_item
-- The item that an entry names, with the wordings that find it and whether an import made its head.
SELECT i.id, i.kind, i.status, r.number AS revision, r.release, r.content,
       r.proposal_id IS NULL AND r.request_id IS NULL AS imported,
       ARRAY(SELECT p.body FROM passages p
             WHERE p.workspace = i.workspace AND p.item_id = i.id AND p.source = 'phrasing'
               AND (p.until_release IS NULL OR p.until_release = r.release)) AS phrasings
FROM items i
JOIN revisions r ON r.workspace = i.workspace AND r.item_id = i.id AND r.number = i.head_revision
WHERE i.workspace = %(workspace)s AND i.id = %(item_id)s

-- name: list_entries
-- All that an export takes with it, in the order in which the items came.
SELECT i.id, i.kind, i.status, r.number AS revision, r.content, i.language,
       ARRAY(SELECT p.body FROM passages p
             WHERE p.workspace = i.workspace AND p.item_id = i.id AND p.source = 'phrasing'
               AND (p.until_release IS NULL
                    OR (i.status = 'retired' AND p.until_release = r.release))
             ORDER BY p.id) AS phrasings
FROM items i
JOIN revisions r ON r.workspace = i.workspace AND r.item_id = i.id AND r.number = i.head_revision
WHERE i.workspace = %(workspace)s AND (%(after)s::uuid IS NULL OR i.id > %(after)s)
ORDER BY i.id LIMIT %(limit)s
