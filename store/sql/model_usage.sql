-- name: insert_model_usage
INSERT INTO model_usage (workspace, purpose, model, tier, outcome, input_tokens, output_tokens,
                         cache_read_tokens, cache_write_tokens, cost_usd, intervention_id)
VALUES (%(workspace)s, %(purpose)s, %(model)s, %(tier)s, %(outcome)s, %(input_tokens)s,
        %(output_tokens)s, %(cache_read_tokens)s, %(cache_write_tokens)s, %(cost_usd)s,
        %(intervention_id)s)

-- name: count_tokens
-- What was used since a moment, and what batches under way may still use.
SELECT
    (SELECT coalesce(sum(input_tokens + output_tokens + cache_read_tokens + cache_write_tokens), 0)
     FROM model_usage WHERE workspace = %(workspace)s AND at >= %(since)s)::bigint AS used,
    (SELECT coalesce(sum(reserved_tokens), 0)
     FROM batch_readings WHERE workspace = %(workspace)s AND status = 'submitted')::bigint
    AS reserved

-- name: list_model_usage
SELECT (at AT TIME ZONE 'UTC')::date AS day, purpose, model, tier, count(*) AS calls,
       count(*) FILTER (WHERE outcome = 'invalid') AS invalid,
       count(*) FILTER (WHERE outcome = 'refused') AS refused,
       count(*) FILTER (WHERE outcome = 'failed') AS failed,
       sum(input_tokens)::bigint AS input_tokens, sum(output_tokens)::bigint AS output_tokens,
       sum(cache_read_tokens)::bigint AS cache_read_tokens,
       sum(cache_write_tokens)::bigint AS cache_write_tokens,
       CASE WHEN bool_and(cost_usd IS NOT NULL) THEN sum(cost_usd) END AS cost_usd
FROM model_usage
WHERE workspace = %(workspace)s AND at >= %(since)s
GROUP BY 1, purpose, model, tier
ORDER BY 1 DESC, purpose, model, tier

-- name: mark_budget_wait
UPDATE interventions SET error_code = %(reason)s, updated_at = now()
WHERE workspace = %(workspace)s AND id = %(id)s AND status IN ('received', 'analyzing')
  AND error_code IS DISTINCT FROM %(reason)s
