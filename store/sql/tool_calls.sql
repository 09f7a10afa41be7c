-- name: list_callers
-- The newest interventions in which a tool or an action of one of these names was called, and
-- those of some evidence, whatever was called in them.
SELECT newest.id, newest.submission
FROM (
    SELECT i.id, i.submission FROM interventions i
    WHERE i.workspace = %(workspace)s AND i.erased_at IS NULL
    ORDER BY i.id DESC LIMIT %(newest)s) AS newest
WHERE newest.id = ANY(%(evidence)s::uuid[])
   OR jsonb_path_exists(newest.submission, '$.conversation[*].tool_calls[*].name ? (@ == $names[*])',
                        jsonb_build_object('names', %(names)s::text[]))
   OR jsonb_path_exists(newest.submission, '$.resolution.actions[*].name ? (@ == $names[*])',
                        jsonb_build_object('names', %(names)s::text[]))
ORDER BY newest.id DESC LIMIT %(limit)s
