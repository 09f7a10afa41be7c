-- name: insert_batch_reading
INSERT INTO batch_readings (workspace, intervention_id)
VALUES (%(workspace)s, %(intervention_id)s)
ON CONFLICT (workspace, intervention_id) DO NOTHING

-- name: list_waiting_readings
SELECT intervention_id FROM batch_readings
WHERE workspace = %(workspace)s AND status = 'waiting'
ORDER BY created_at, intervention_id LIMIT %(limit)s

-- name: mark_reading_submitted
UPDATE batch_readings SET status = 'submitted', batch_id = %(batch_id)s,
    known_items = %(known_items)s, reserved_tokens = %(reserved_tokens)s, updated_at = now()
WHERE workspace = %(workspace)s AND intervention_id = %(intervention_id)s AND status = 'waiting'

-- name: list_submitted_readings
SELECT intervention_id, known_items FROM batch_readings
WHERE workspace = %(workspace)s AND status = 'submitted' AND batch_id = %(batch_id)s

-- name: list_open_batches
SELECT batch_id FROM batch_readings
WHERE workspace = %(workspace)s AND status = 'submitted'
GROUP BY batch_id ORDER BY min(updated_at), batch_id

-- name: finish_batch_reading
-- Only one that is under way: whoever is first starts its workflow.
UPDATE batch_readings SET status = %(status)s, reserved_tokens = 0, updated_at = now()
WHERE workspace = %(workspace)s AND intervention_id = %(intervention_id)s
  AND status IN ('waiting', 'submitted')

-- name: list_workspaces_with_batches
SELECT DISTINCT workspace FROM batch_readings WHERE status IN ('waiting', 'submitted')
