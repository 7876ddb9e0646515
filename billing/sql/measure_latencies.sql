-- Counts the latencies of the answers of whole hours anew, by team and over all customers.
--
-- A class is a tenth wide: class n holds from 1.1^n to 1.1^(n+1) milliseconds, so that a percentile
-- read from its middle is within a twentieth of the true one. Answers from a cache are left out: they
-- would hide how providers fare.
WITH gone AS (
    DELETE FROM usage_latency WHERE hour >= %(start)s AND hour < %(end)s
), answer AS (
    SELECT date_trunc('hour', at, 'UTC') AS hour, customer_id, team_id, provider, model,
           floor(ln(greatest(total_ms, 1)) / ln(1.1::float8))::smallint AS total_class,
           floor(CASE WHEN ttft_ms < 1 THEN 0 ELSE ln(ttft_ms) / ln(1.1::float8) END)::smallint
           AS first_class
    FROM usage_usagerecord
    WHERE at >= %(start)s AND at < %(end)s
      AND status < 400 AND error_code IS NULL AND cache NOT IN ('exact', 'semantic')
), counted AS (
    SELECT hour, grouping(customer_id) = 0 AS by_team, customer_id, team_id, provider, model,
           measure, class, count(*)::integer AS answers
    FROM answer CROSS JOIN LATERAL (
        VALUES ('total', total_class), ('first', first_class)
    ) AS measured (measure, class)
    WHERE class IS NOT NULL
    GROUP BY GROUPING SETS (
        (hour, provider, model, measure, class),
        (hour, customer_id, team_id, provider, model, measure, class)
    )
)
INSERT INTO usage_latency (
    hour, by_team, customer_id, team_id, provider, model, requests, total_buckets, total_counts,
    first_buckets, first_counts
)
SELECT hour, by_team, customer_id, team_id, provider, model,
       sum(answers) FILTER (WHERE measure = 'total'),
       array_agg(class) FILTER (WHERE measure = 'total'),
       array_agg(answers) FILTER (WHERE measure = 'total'),
       coalesce(array_agg(class) FILTER (WHERE measure = 'first'), '{}'),
       coalesce(array_agg(answers) FILTER (WHERE measure = 'first'), '{}')
FROM counted
GROUP BY hour, by_team, customer_id, team_id, provider, model
