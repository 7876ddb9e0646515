-- Adds the records of `booked` to the hourly rollup.
--
-- A record counts in two rows of its hour: one by team, one by virtual key and metadata. What a row
-- sums over is its facet, known by a hash of the values. Metadata is compared as text, since as
-- JSON 1 and 1.0 are equal; what `usage_foldedmetadata` names is left out of it. Records of one
-- flush have much in common: they are summed before anything else.
--
-- New facets come before sums, and both in the order of their keys: flushes of several processes
-- wait for each other in a line, never in a circle. Few flushes meet a facet that is not there
-- yet, so each is looked up first, as a subquery lest an outdated plan reads the whole table.
WITH told AS MATERIALIZED (
    SELECT summed.*,
           hash_record_extended(
               ROW(customer_id, team_id, provider, model, endpoint, status, cache),
               usage_facet_seed()
           ) AS team_facet,
           hash_record_extended(
               ROW(customer_id, team_id, provider, model, endpoint, status, cache, virtual_key_id,
                   label, folded),
               usage_facet_seed()
           ) AS key_facet
    FROM (
        SELECT date_trunc('hour', at, 'UTC') AS hour, customer_id, team_id, provider, model,
               endpoint, status, cache, virtual_key_id,
               CASE WHEN folding.virtual_key_id IS NULL THEN metadata::text
                    ELSE coalesce(metadata - folding.keys, '{}')::text END AS label,
               CASE WHEN folding.virtual_key_id IS NULL OR metadata = '{}' THEN '{}'::text[]
                    WHEN folding.keys IS NOT NULL
                    THEN ARRAY(SELECT key FROM unnest(folding.keys) AS key
                               WHERE metadata ? key ORDER BY key) END AS folded,
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
               sum(input_tokens)::bigint AS input_tokens,
               sum(cached_input_tokens)::bigint AS cached_input_tokens,
               sum(cache_write_tokens)::bigint AS cache_write_tokens,
               sum(output_tokens)::bigint AS output_tokens,
               sum(reasoning_tokens)::bigint AS reasoning_tokens,
               coalesce(sum(cost_usd), 0) AS cost_usd, sum(saved_usd) AS saved_usd
        FROM booked LEFT JOIN usage_foldedmetadata folding USING (virtual_key_id)
        GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
    ) summed
), facets AS (
    INSERT INTO usage_facet (
        id, by_key, customer_id, team_id, provider, model, endpoint, status, cache, virtual_key_id,
        metadata, folded
    )
    SELECT DISTINCT ON (facet_id) facet_id, by_key, customer_id, team_id, provider, model, endpoint,
           status, cache, CASE WHEN by_key THEN virtual_key_id END,
           CASE WHEN by_key THEN label::jsonb ELSE '{}' END, CASE WHEN by_key THEN folded END
    FROM told, LATERAL (VALUES (false, team_facet), (true, key_facet)) AS facet (by_key, facet_id)
    WHERE (SELECT true FROM usage_facet WHERE id = facet_id) IS NULL
    ORDER BY facet_id
    ON CONFLICT (id) DO NOTHING
    RETURNING id
)
INSERT INTO usage_rollup AS rollup (
    by_key, hour, facet_id, requests, answered, refused, unpriced_requests, input_tokens,
    cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_usd, saved_usd,
    rescued_by_retry, rescued_by_fallback, refused_by_budget, refused_by_rate_limit
)
SELECT by_key, hour, facet_id, sum(requests), sum(answered), sum(refused), sum(unpriced_requests),
       sum(input_tokens), sum(cached_input_tokens), sum(cache_write_tokens), sum(output_tokens),
       sum(reasoning_tokens), sum(cost_usd), sum(saved_usd), sum(rescued_by_retry),
       sum(rescued_by_fallback), sum(refused_by_budget), sum(refused_by_rate_limit)
FROM told, LATERAL (VALUES (false, team_facet), (true, key_facet)) AS facet (by_key, facet_id)
WHERE (SELECT count(*) FROM facets) >= 0
GROUP BY by_key, hour, facet_id
ORDER BY by_key, hour, facet_id
ON CONFLICT (hour, facet_id, by_key) DO UPDATE SET
    requests = rollup.requests + excluded.requests,
    answered = rollup.answered + excluded.answered,
    refused = rollup.refused + excluded.refused,
    unpriced_requests = rollup.unpriced_requests + excluded.unpriced_requests,
    input_tokens = rollup.input_tokens + excluded.input_tokens,
    cached_input_tokens = rollup.cached_input_tokens + excluded.cached_input_tokens,
    cache_write_tokens = rollup.cache_write_tokens + excluded.cache_write_tokens,
    output_tokens = rollup.output_tokens + excluded.output_tokens,
    reasoning_tokens = rollup.reasoning_tokens + excluded.reasoning_tokens,
    cost_usd = rollup.cost_usd + excluded.cost_usd,
    saved_usd = rollup.saved_usd + excluded.saved_usd,
    rescued_by_retry = rollup.rescued_by_retry + excluded.rescued_by_retry,
    rescued_by_fallback = rollup.rescued_by_fallback + excluded.rescued_by_fallback,
    refused_by_budget = rollup.refused_by_budget + excluded.refused_by_budget,
    refused_by_rate_limit = rollup.refused_by_rate_limit + excluded.refused_by_rate_limit
