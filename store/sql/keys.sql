-- name: ensure_workspace
INSERT INTO workspaces (id) VALUES (%(workspace)s) ON CONFLICT DO NOTHING

-- name: ensure_key
INSERT INTO api_keys (workspace, principal, role, key_hash)
VALUES (%(workspace)s, %(principal)s, %(role)s, %(key_hash)s)
ON CONFLICT (key_hash) DO NOTHING

-- name: find_key
SELECT workspace, principal, role FROM api_keys WHERE key_hash = %(key_hash)s AND revoked_at IS NULL

-- name: find_key_holder
SELECT id, workspace, principal, role FROM api_keys
WHERE key_hash = %(key_hash)s AND revoked_at IS NULL

-- name: find_key_holder_by_id
SELECT id, workspace, principal, role FROM api_keys WHERE id = %(id)s AND revoked_at IS NULL

-- name: create_key
INSERT INTO api_keys (workspace, principal, role, key_hash)
VALUES (%(workspace)s, %(principal)s, %(role)s, %(key_hash)s)
RETURNING id, principal, role, created_at, revoked_at

-- name: list_keys
SELECT id, principal, role, created_at, revoked_at FROM api_keys
WHERE workspace = %(workspace)s ORDER BY id

-- name: revoke_key
UPDATE api_keys SET revoked_at = coalesce(revoked_at, now())
WHERE workspace = %(workspace)s AND id = %(id)s
RETURNING id
