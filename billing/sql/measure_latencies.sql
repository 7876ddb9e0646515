-- Counts the latencies of the answers of one hour anew, by team and over all customers.
--
-- A class is 10 % wide: class n holds from 1.1^n to 1.1^(n+1) milliseconds, so that a percentile
-- read from its middle is within 5 % of the true one. Answers from a cache are left out: they
-- would hide how providers fare.
WITH gone AS (
    DELETE FROM usage_latency WHERE hour = %(hour)s
), answer AS MATERIALIZED (
    SELECT customer_id, team_id, provider, model,
           floor(ln(greatest(total_ms, 1)) / ln(1.1::float8))::smallint AS total_bucket,
           floor(ln(greatest(ttft_ms, 1)) / ln(1.1::float8))::smallint AS first_bucket
    FROM usage_usagerecord
    WHERE at >= %(hour)s AND at < %(hour)s + interval '1 hour'
      AND status < 400 AND error_code IS NULL AND cache NOT IN ('exact', 'semantic')
), counted AS (
    SELECT grouping(customer_id) = 0 AS by_team, customer_id, team_id, provider, model,
           measure, bucket, count(*)::integer AS answers
    FROM answer CROSS JOIN LATERAL (
        VALUES ('total', total_bucket), ('first', first_bucket)
    ) AS measured (measure, bucket)
    WHERE bucket IS NOT NULL
    GROUP BY GROUPING SETS (
        (provider, model, measure, bucket),
        (customer_id, team_id, provider, model, measure, bucket)
    )
)
INSERT INTO usage_latency (
    hour, by_team, customer_id, team_id, provider, model, requests, total_buckets, total_counts,
    first_buckets, first_counts
)
SELECT %(hour)s, by_team, customer_id, team_id, provider, model,
       sum(answers) FILTER (WHERE measure = 'total'),
       array_agg(bucket) FILTER (WHERE measure = 'total'),
       array_agg(answers) FILTER (WHERE measure = 'total'),
       coalesce(array_agg(bucket) FILTER (WHERE measure = 'first'), '{}'),
       coalesce(array_agg(answers) FILTER (WHERE measure = 'first'), '{}')
FROM counted
GROUP BY by_team, customer_id, team_id, provider, model
