-- name: list_saved_views
-- A person's own and everybody's, by name.
SELECT id, person, name, query, is_default, created_by FROM saved_views
WHERE workspace = %(workspace)s AND (person IS NULL OR person = %(person)s)
ORDER BY lower(name), id

-- name: get_saved_view
SELECT id, person, name, query, is_default, created_by FROM saved_views
WHERE workspace = %(workspace)s AND id = %(id)s
  AND (person IS NULL OR person = %(person)s)

-- name: find_default_view
SELECT query FROM saved_views
WHERE workspace = %(workspace)s AND person = %(person)s AND is_default

-- name: save_view
-- The same name again stands for the newer filters.
INSERT INTO saved_views (workspace, person, name, query, created_by)
VALUES (%(workspace)s, %(person)s, %(name)s, %(query)s, %(created_by)s)
ON CONFLICT (workspace, person, name) DO UPDATE SET query = excluded.query
RETURNING id

-- name: count_saved_views
SELECT count(*) AS count FROM saved_views
WHERE workspace = %(workspace)s AND person IS NOT DISTINCT FROM %(person)s

-- name: rename_view
UPDATE saved_views SET name = %(name)s
WHERE workspace = %(workspace)s AND id = %(id)s

-- name: clear_default_view
UPDATE saved_views SET is_default = false
WHERE workspace = %(workspace)s AND person = %(person)s AND is_default

-- name: set_default_view
UPDATE saved_views SET is_default = true
WHERE workspace = %(workspace)s AND person = %(person)s AND id = %(id)s

-- name: delete_view
DELETE FROM saved_views WHERE workspace = %(workspace)s AND id = %(id)s

-- name: list_views_to_erase
SELECT id, name, query FROM saved_views WHERE workspace = %(workspace)s ORDER BY id
