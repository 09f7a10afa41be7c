-- name: insert_session
INSERT INTO sessions (workspace, person_id, key_id, method, expires_at, id_token)
VALUES (%(workspace)s, %(person_id)s, %(key_id)s, %(method)s, now() + %(lifetime)s, %(id_token)s)
RETURNING id

-- name: find_session
-- Whoever lost their role, or whose key was revoked, is in no session any more.
SELECT s.id, s.workspace, s.person_id, s.key_id, s.method, s.created_at, s.seen_at, s.expires_at,
       coalesce(p.name, k.principal) AS name, coalesce(p.role, k.role) AS role,
       coalesce(p.groups, '{}') AS groups, p.email
FROM sessions s
LEFT JOIN people p ON p.workspace = s.workspace AND p.id = s.person_id
LEFT JOIN api_keys k ON k.workspace = s.workspace AND k.id = s.key_id AND k.revoked_at IS NULL
WHERE s.workspace = %(workspace)s AND s.id = %(id)s AND s.ended_at IS NULL
  AND s.expires_at > now() AND s.seen_at > now() - %(idle)s
  AND coalesce(p.role, k.role) IS NOT NULL

-- name: list_sessions
SELECT s.id, s.workspace, s.person_id, s.key_id, s.method, s.created_at, s.seen_at, s.expires_at,
       coalesce(p.name, k.principal) AS name, coalesce(p.role, k.role) AS role,
       coalesce(p.groups, '{}') AS groups, p.email
FROM sessions s
LEFT JOIN people p ON p.workspace = s.workspace AND p.id = s.person_id
LEFT JOIN api_keys k ON k.workspace = s.workspace AND k.id = s.key_id AND k.revoked_at IS NULL
WHERE s.workspace = %(workspace)s AND s.ended_at IS NULL
  AND s.expires_at > now() AND s.seen_at > now() - %(idle)s
  AND coalesce(p.role, k.role) IS NOT NULL
ORDER BY s.seen_at DESC, s.id

-- name: touch_session
UPDATE sessions SET seen_at = now() WHERE workspace = %(workspace)s AND id = %(id)s

-- name: touch_person
UPDATE people SET last_seen_at = now() WHERE workspace = %(workspace)s AND id = %(person_id)s

-- name: end_session
UPDATE sessions SET ended_at = now(), id_token = NULL
WHERE workspace = %(workspace)s AND id = %(id)s AND ended_at IS NULL
RETURNING old.id_token AS id_token

-- name: end_sessions_of_person
UPDATE sessions SET ended_at = now(), id_token = NULL
WHERE workspace = %(workspace)s AND person_id = %(person_id)s AND ended_at IS NULL

-- name: forget_old_sessions
DELETE FROM sessions
WHERE workspace = %(workspace)s AND expires_at < now() - interval '30 days'

-- name: forget_expired_id_tokens
UPDATE sessions SET id_token = NULL
WHERE workspace = %(workspace)s AND id_token IS NOT NULL AND expires_at < now()

-- name: insert_sign_in_link
INSERT INTO sign_in_links (workspace, token_hash, name, role, expires_at)
VALUES (%(workspace)s, %(token_hash)s, %(name)s, %(role)s, now() + %(lifetime)s)

-- name: find_sign_in_link
SELECT name, role FROM sign_in_links
WHERE workspace = %(workspace)s AND token_hash = %(token_hash)s
  AND used_at IS NULL AND expires_at > now()

-- name: use_sign_in_link
UPDATE sign_in_links SET used_at = now()
WHERE workspace = %(workspace)s AND token_hash = %(token_hash)s
  AND used_at IS NULL AND expires_at > now()
RETURNING name, role

-- name: list_open_sign_in_links
SELECT id, name FROM sign_in_links
WHERE workspace = %(workspace)s AND used_at IS NULL AND expires_at > now()

-- name: cancel_sign_in_links
UPDATE sign_in_links SET used_at = now()
WHERE workspace = %(workspace)s AND id = ANY (%(ids)s)

-- name: forget_old_sign_in_links
DELETE FROM sign_in_links
WHERE workspace = %(workspace)s AND expires_at < now() - interval '30 days'
