-- Where the hourly rollup and the usage records of a day (UTC) disagree: one row a measure, none
-- when they agree. A day at a time keeps temporary files small.
--
-- Both are summed over what the rollup tells apart, then joined in full. Metadata is compared where
-- none of it is folded in the hour of a virtual key: which records a folded row has is not known.
-- `expected` and `found` are US dollars for costs, and counts else. At most 1000 rows.
WITH vague AS MATERIALIZED (
    SELECT DISTINCT hour, virtual_key_id
    FROM usage_rollup rollup JOIN usage_facet facet ON facet.id = facet_id
    WHERE rollup.by_key AND facet.by_key AND (folded IS NULL OR folded <> '{}')
      AND hour >= %(day)s AND hour < %(day)s + interval '1 day'
), record AS (
    SELECT record.*, hour, CASE WHEN vague.hour IS NULL THEN metadata::text END AS label
    FROM usage_usagerecord record CROSS JOIN LATERAL date_trunc('hour', at, 'UTC') AS hour
    LEFT JOIN vague USING (hour, virtual_key_id)
    WHERE at >= %(day)s AND at < %(day)s + interval '1 day'
), expected AS (
    SELECT grouping(virtual_key_id) = 0 AS by_key, hour,
           ROW(customer_id, team_id, provider, model, endpoint, status, cache, virtual_key_id,
               label)::text AS place,
           count(*) AS requests,
           count(*) FILTER (WHERE status < 400 AND error_code IS NULL) AS answered,
           count(*) FILTER (WHERE status BETWEEN 400 AND 499 AND attempts = '[]') AS refused,
           count(*) FILTER (WHERE cost_usd IS NULL) AS unpriced_requests,
           count(*) FILTER (
               WHERE status < 400 AND error_code IS NULL AND jsonb_array_length(attempts) > 1
                 AND (attempts -> 0 ->> 'model') IS NOT DISTINCT FROM (attempts -> -1 ->> 'model')
           ) AS rescued_by_retry,
           count(*) FILTER (
               WHERE status < 400 AND error_code IS NULL AND jsonb_array_length(attempts) > 1
                 AND (attempts -> 0 ->> 'model') IS DISTINCT FROM (attempts -> -1 ->> 'model')
           ) AS rescued_by_fallback,
           count(*) FILTER (
               WHERE error_code = 'budget_exceeded' AND attempts = '[]'
           ) AS refused_by_budget,
           count(*) FILTER (
               WHERE attempts = '[]' AND error_code IN (
                   'requests_per_minute', 'tokens_per_minute', 'max_parallel_requests'
               )
           ) AS refused_by_rate_limit,
           sum(input_tokens) AS input_tokens, sum(cached_input_tokens) AS cached_input_tokens,
           sum(cache_write_tokens) AS cache_write_tokens, sum(output_tokens) AS output_tokens,
           sum(reasoning_tokens) AS reasoning_tokens,
           coalesce(sum(cost_usd), 0) AS cost_usd, sum(saved_usd) AS saved_usd
    FROM record
    GROUP BY GROUPING SETS (
        (hour, customer_id, team_id, provider, model, endpoint, status, cache),
        (hour, customer_id, team_id, provider, model, endpoint, status, cache, virtual_key_id,
         label)
    )
), found AS (
    SELECT rollup.by_key, hour,
           ROW(customer_id, team_id, provider, model, endpoint, status, cache, virtual_key_id,
               CASE WHEN rollup.by_key AND vague.hour IS NULL THEN metadata::text END
           )::text AS place,
           sum(requests) AS requests, sum(answered) AS answered, sum(refused) AS refused,
           sum(unpriced_requests) AS unpriced_requests,
           sum(rescued_by_retry) AS rescued_by_retry,
           sum(rescued_by_fallback) AS rescued_by_fallback,
           sum(refused_by_budget) AS refused_by_budget,
           sum(refused_by_rate_limit) AS refused_by_rate_limit,
           sum(input_tokens) AS input_tokens, sum(cached_input_tokens) AS cached_input_tokens,
           sum(cache_write_tokens) AS cache_write_tokens, sum(output_tokens) AS output_tokens,
           sum(reasoning_tokens) AS reasoning_tokens,
           sum(cost_usd) AS cost_usd, sum(saved_usd) AS saved_usd
    FROM usage_rollup rollup JOIN usage_facet facet ON facet.id = facet_id
    LEFT JOIN vague USING (hour, virtual_key_id)
    WHERE hour >= %(day)s AND hour < %(day)s + interval '1 day'
    GROUP BY 1, 2, 3
)
SELECT 'rollup' AS kind, NULL::bigint AS balance_id, NULL AS budget, NULL AS owner,
       concat_ws(' ', to_char(hour AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'), measure, place)
       AS detail, expected, found, found - expected AS difference
FROM expected FULL JOIN found USING (by_key, hour, place), LATERAL (
    SELECT measure, coalesce(expected, 0) AS expected, coalesce(found, 0) AS found
    FROM (VALUES
        ('requests', expected.requests::numeric, found.requests::numeric),
        ('answered', expected.answered, found.answered),
        ('refused', expected.refused, found.refused),
        ('unpriced_requests', expected.unpriced_requests, found.unpriced_requests),
        ('rescued_by_retry', expected.rescued_by_retry, found.rescued_by_retry),
        ('rescued_by_fallback', expected.rescued_by_fallback, found.rescued_by_fallback),
        ('refused_by_budget', expected.refused_by_budget, found.refused_by_budget),
        ('refused_by_rate_limit', expected.refused_by_rate_limit, found.refused_by_rate_limit),
        ('input_tokens', expected.input_tokens, found.input_tokens),
        ('cached_input_tokens', expected.cached_input_tokens, found.cached_input_tokens),
        ('cache_write_tokens', expected.cache_write_tokens, found.cache_write_tokens),
        ('output_tokens', expected.output_tokens, found.output_tokens),
        ('reasoning_tokens', expected.reasoning_tokens, found.reasoning_tokens),
        ('cost_usd', expected.cost_usd, found.cost_usd),
        ('saved_usd', expected.saved_usd, found.saved_usd)
    ) AS measured (measure, expected, found)
) claim
WHERE expected <> found
ORDER BY hour, place, measure
LIMIT 1000
