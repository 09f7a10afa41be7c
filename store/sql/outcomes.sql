-- name: insert_outcome
INSERT INTO outcomes (workspace, query, handled_by, items_used, confidence, correct, handoff_reason,
                      guess, certainty, signs, agent)
VALUES (%(workspace)s, %(query)s, %(handled_by)s, %(items_used)s, %(confidence)s, %(correct)s,
        %(handoff_reason)s, %(guess)s, %(certainty)s, %(signs)s, %(agent)s)
RETURNING id, query, handled_by, items_used, confidence, correct, handoff_reason, created_at

-- name: insert_verdict
-- What an intervention tells of the query that it began with: a finding or a proposal about the item
-- that the agent had in mind means that it was the right one. Any other means that it was not.
INSERT INTO outcome_verdicts (workspace, outcome_id, intervention_id, guess_right)
SELECT %(workspace)s, o.id, i.id,
       EXISTS (SELECT FROM analyses a CROSS JOIN LATERAL jsonb_array_elements(a.findings) AS found
               WHERE a.workspace = i.workspace AND a.intervention_id = i.id
                 AND (found ->> 'item_id')::uuid = o.guess)
       OR EXISTS (SELECT FROM evidence e
                  JOIN proposals p ON p.workspace = e.workspace AND p.id = e.proposal_id
                  WHERE e.workspace = i.workspace AND e.intervention_id = i.id
                    AND p.item_id = o.guess)
FROM interventions i
JOIN outcomes o ON o.workspace = i.workspace
    AND o.id = (i.submission -> 'agent' ->> 'outcome_id')::uuid
WHERE i.workspace = %(workspace)s AND i.id = %(intervention_id)s
ON CONFLICT DO NOTHING

-- name: list_judged
-- The newest queries of which it is known whether this agent had the right item in mind: an answer
-- that nobody has objected to for long enough was right, as far as anybody knows. What is too young
-- to be settled is left out whole, or objections, which come sooner, would weigh too much.
SELECT o.certainty, o.signs, coalesce(v.guess_right, o.correct, true) AS guess_right
FROM outcomes o
LEFT JOIN outcome_verdicts v ON v.workspace = o.workspace AND v.outcome_id = o.id
WHERE o.workspace = %(workspace)s AND o.agent = %(agent)s AND o.certainty IS NOT NULL
  AND o.created_at <= now() - %(settles_after)s
  AND (o.handled_by = 'agent' OR v.outcome_id IS NOT NULL OR o.correct IS NOT NULL)
ORDER BY o.id DESC LIMIT %(limit)s
