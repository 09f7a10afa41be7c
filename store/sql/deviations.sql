-- name: lock_deviations
-- One reader at a time counts those who deviate from a policy: two must see each other.
SELECT pg_advisory_xact_lock(hashtextextended(%(workspace)s || '/deviations/' || %(policy_id)s, 0))

-- name: count_deviations
-- Erased interventions still count: that somebody deviated is no customer's word.
SELECT count(*) AS count FROM deviations
WHERE workspace = %(workspace)s AND policy_id = %(policy_id)s AND signature = %(signature)s
  AND policy_revision = %(policy_revision)s AND intervention_id <> %(intervention_id)s

-- name: insert_deviation
INSERT INTO deviations
    (workspace, intervention_id, policy_id, policy_revision, signature, summary, finding_index)
VALUES (%(workspace)s, %(intervention_id)s, %(policy_id)s, %(policy_revision)s, %(signature)s,
        %(summary)s, %(finding_index)s)
ON CONFLICT DO NOTHING

-- name: list_deviations_alike
-- What deviates as one intervention does from one policy, its own row included, oldest first.
SELECT other.intervention_id, other.finding_index, other.policy_id, other.signature
FROM deviations own
JOIN deviations other ON other.workspace = own.workspace AND other.policy_id = own.policy_id
    AND other.signature = own.signature AND other.policy_revision = own.policy_revision
WHERE own.workspace = %(workspace)s AND own.intervention_id = %(intervention_id)s
  AND own.policy_id = %(policy_id)s
ORDER BY other.created_at, other.intervention_id

-- name: list_kept_deviations
SELECT intervention_id, policy_id, summary, signature FROM deviations
WHERE workspace = %(workspace)s ORDER BY created_at, intervention_id

-- name: erase_deviation
UPDATE deviations SET summary = %(summary)s, signature = %(signature)s
WHERE workspace = %(workspace)s AND intervention_id = %(intervention_id)s
  AND policy_id = %(policy_id)s
