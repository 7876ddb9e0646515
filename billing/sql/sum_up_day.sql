-- Sums up the hours of the day (UTC) from %(day)s on, and marks the day. The day is held
-- (`hold_day`), and what was known of it is gone (`forget_day`).
--
-- Sums by virtual key are those of the facet without metadata, sums by customer those of the one
-- without a team. Where such a facet is missing (`facets_of_day` makes them before) the day gets no
-- mark, and nobody reads its sums.
WITH hourly AS MATERIALIZED (
    SELECT by_key, facet_id,
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
    FROM usage_rollup
    WHERE hour >= %(day)s::timestamptz AND hour < %(day)s::timestamptz + interval '1 day'
    GROUP BY by_key, facet_id
), bare AS MATERIALIZED (
    SELECT CASE WHEN hourly.by_key THEN hash_record_extended(
               ROW(customer_id, team_id, provider, model, endpoint, status, cache, virtual_key_id,
                   '{}'::text, '{}'::text[]),
               usage_facet_seed()
           ) ELSE hash_record_extended(
               ROW(customer_id, NULL::varchar, provider, model, endpoint, status, cache),
               usage_facet_seed()
           ) END AS bare_id, facet_id AS full_id
    FROM hourly JOIN usage_facet facet ON facet.id = facet_id
), marked AS (
    INSERT INTO usage_summedday (day)
    SELECT %(day)s::timestamptz
    WHERE NOT EXISTS (
        SELECT FROM bare WHERE NOT EXISTS (SELECT FROM usage_facet WHERE id = bare_id)
    )
)
INSERT INTO usage_dailyrollup (
    detail, day, facet_id, requests, answered, refused, unpriced_requests, rescued_by_retry,
    rescued_by_fallback, refused_by_budget, refused_by_rate_limit, input_tokens,
    cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_usd, saved_usd
)
SELECT detail, %(day)s::timestamptz,
       CASE WHEN detail IN ('customer', 'key') THEN bare_id ELSE facet_id END,
       sum(requests), sum(answered), sum(refused), sum(unpriced_requests), sum(rescued_by_retry),
       sum(rescued_by_fallback), sum(refused_by_budget), sum(refused_by_rate_limit),
       sum(input_tokens), sum(cached_input_tokens), sum(cache_write_tokens), sum(output_tokens),
       sum(reasoning_tokens), sum(cost_usd), sum(saved_usd)
FROM hourly JOIN bare ON full_id = facet_id
JOIN (
    VALUES ('customer', false), ('team', false), ('key', true), ('metadata', true)
) AS level (detail, by_key)
  ON level.by_key = hourly.by_key
GROUP BY 1, 2, 3
