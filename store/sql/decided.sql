-- name: list_decided_proposals
-- What people have approved or rejected of what analysts drafted, erased customers left out.
SELECT p.id, p.intervention_id, p.status, p.analyst, p.created_at
FROM proposals p
JOIN interventions i ON i.workspace = p.workspace AND i.id = p.intervention_id
WHERE p.workspace = %(workspace)s AND i.workspace = %(workspace)s
  AND p.status IN ('applied', 'rejected') AND i.erased_at IS NULL AND p.analyst IS NOT NULL
ORDER BY p.created_at, p.id
