-- name: insert_outbox
INSERT INTO outbox (workspace, topic, dedupe_key, payload, next_attempt_at)
VALUES (%(workspace)s, %(topic)s, %(dedupe_key)s, %(payload)s, now() + %(delay)s::interval)
ON CONFLICT (workspace, topic, dedupe_key) DO NOTHING

-- name: claim_outbox
-- Take what is due; nobody else sees it until the lease is over.
UPDATE outbox SET attempts = attempts + 1,
    next_attempt_at = now() + least(interval '1 second' * power(2, least(attempts, 6)),
                                    interval '30 seconds')
WHERE id IN (
    SELECT id FROM outbox WHERE delivered_at IS NULL AND next_attempt_at <= now()
    ORDER BY next_attempt_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING id, workspace, topic, dedupe_key, payload, attempts

-- name: mark_delivered
UPDATE outbox SET delivered_at = now(), last_error = NULL WHERE id = ANY(%(ids)s)

-- name: mark_delivered_by_key
UPDATE outbox SET delivered_at = now(), last_error = NULL
WHERE workspace = %(workspace)s AND topic = %(topic)s AND dedupe_key = %(dedupe_key)s
  AND delivered_at IS NULL

-- name: mark_failed
UPDATE outbox SET last_error = %(error)s WHERE id = %(id)s

-- name: count_undelivered
SELECT topic, count(*) AS count FROM outbox WHERE delivered_at IS NULL GROUP BY topic

-- name: ping
SELECT max(version) AS version FROM schema_migrations
