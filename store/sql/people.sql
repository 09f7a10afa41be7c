-- name: list_people
SELECT name, role, groups, email FROM people
WHERE workspace = %(workspace)s AND role IS NOT NULL
ORDER BY id

-- name: list_key_people
SELECT principal AS name, role FROM api_keys
WHERE workspace = %(workspace)s AND revoked_at IS NULL
ORDER BY id

-- name: lock_bound_person
SELECT id, name, role FROM people
WHERE workspace = %(workspace)s AND issuer = %(issuer)s AND subject = %(subject)s
FOR UPDATE

-- name: update_person
UPDATE people
SET role = %(role)s, groups = %(groups)s, email = %(email)s, last_seen_at = now(),
    signed_in_at = CASE WHEN %(role)s::text IS NULL THEN signed_in_at ELSE now() END
WHERE workspace = %(workspace)s AND id = %(id)s

-- name: find_person_by_name
SELECT id, issuer FROM people WHERE workspace = %(workspace)s AND name_key = %(name_key)s

-- name: find_person_who_came_in
-- `came_in` says whether they signed in within the time that counts, and have a role.
SELECT name, role, groups, email, issuer,
       coalesce(role IS NOT NULL AND signed_in_at > now() - %(within)s, false) AS came_in
FROM people WHERE workspace = %(workspace)s AND name_key = %(name_key)s

-- name: take_role_away
UPDATE people SET role = NULL, groups = '{}'
WHERE workspace = %(workspace)s AND name_key = %(name_key)s
RETURNING id, name

-- name: insert_person
INSERT INTO people
    (workspace, name, name_key, email, role, groups, issuer, subject, last_seen_at, signed_in_at)
VALUES (%(workspace)s, %(name)s, %(name_key)s, %(email)s, %(role)s, %(groups)s, %(issuer)s,
        %(subject)s, now(), now())
ON CONFLICT DO NOTHING
RETURNING id, name, role

-- name: ensure_own_person
-- Somebody whom no provider vouches for. A provider's person of that name stays who they are.
INSERT INTO people (workspace, name, name_key, role, last_seen_at, signed_in_at)
VALUES (%(workspace)s, %(name)s, %(name_key)s, %(role)s, now(), now())
ON CONFLICT (workspace, name_key) DO UPDATE
SET role = excluded.role, last_seen_at = now(), signed_in_at = now()
WHERE people.issuer IS NULL
RETURNING id, name, role

-- name: workspace_is_known
SELECT id FROM workspaces WHERE id = %(workspace)s
