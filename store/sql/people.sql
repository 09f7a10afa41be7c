-- name: list_people
SELECT name, role, groups, email FROM people
WHERE workspace = %(workspace)s AND role IS NOT NULL
ORDER BY id

-- name: list_key_people
SELECT principal AS name, role FROM api_keys
WHERE workspace = %(workspace)s AND revoked_at IS NULL
ORDER BY id
