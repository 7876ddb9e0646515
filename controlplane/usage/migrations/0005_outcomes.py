"""Outcomes in the hourly rollup, latencies by the hour, and an index of what cost most.

The rollup is made anew from the records, for sums by key cannot be told from their facets.
"""

from django.db import migrations

COLUMNS = """
ALTER TABLE usage_rollup
    ADD COLUMN rescued_by_retry integer NOT NULL DEFAULT 0,
    ADD COLUMN rescued_by_fallback integer NOT NULL DEFAULT 0,
    ADD COLUMN refused_by_budget integer NOT NULL DEFAULT 0,
    ADD COLUMN refused_by_rate_limit integer NOT NULL DEFAULT 0;

CREATE INDEX usage_by_cost ON usage_usagerecord (cost_usd) WHERE cost_usd > 0;
"""

FILL = """
LOCK TABLE usage_usagerecord IN SHARE MODE;
DELETE FROM usage_rollup;

CREATE TEMPORARY TABLE rolled ON COMMIT DROP AS
WITH labelled AS (
    SELECT record.*, date_trunc('hour', at, 'UTC') AS hour,
           (metadata - coalesce(folding.keys, '{}'))::text AS label,
           ARRAY(SELECT key FROM unnest(folding.keys) AS key WHERE metadata ? key ORDER BY key)
           AS folded
    FROM usage_usagerecord record LEFT JOIN usage_foldedmetadata folding USING (virtual_key_id)
), told AS (
    SELECT labelled.*, hash_record_extended(
        ROW(customer_id, team_id, provider, model, endpoint, status, cache), usage_facet_seed()
    ) AS team_facet
    FROM labelled
)
SELECT by_key, hour, customer_id, team_id, provider, model, endpoint, status, cache,
       CASE WHEN by_key THEN virtual_key_id END AS virtual_key_id,
       CASE WHEN by_key THEN label ELSE '{}' END AS metadata,
       CASE WHEN by_key THEN folded END AS folded,
       CASE WHEN by_key THEN hash_record_extended(
           ROW(customer_id, team_id, provider, model, endpoint, status, cache, virtual_key_id,
               label, folded),
           usage_facet_seed()
       ) ELSE team_facet END AS facet_id,
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
FROM told CROSS JOIN (VALUES (false), (true)) AS level (by_key)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13;

INSERT INTO usage_facet (
    id, by_key, customer_id, team_id, provider, model, endpoint, status, cache, virtual_key_id,
    metadata, folded
)
SELECT DISTINCT ON (facet_id) facet_id, by_key, customer_id, team_id, provider, model, endpoint,
       status, cache, virtual_key_id, metadata::jsonb, folded
FROM rolled
ON CONFLICT (id) DO NOTHING;

INSERT INTO usage_rollup (
    by_key, hour, facet_id, requests, answered, refused, unpriced_requests, input_tokens,
    cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_usd, saved_usd,
    rescued_by_retry, rescued_by_fallback, refused_by_budget, refused_by_rate_limit
)
SELECT by_key, hour, facet_id, requests, answered, refused, unpriced_requests, input_tokens,
       cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_usd, saved_usd,
       rescued_by_retry, rescued_by_fallback, refused_by_budget, refused_by_rate_limit
FROM rolled;
"""

# How many of an hour's answers took how long: `buckets` names logarithmic classes, `counts` says
# how many are in each (`billing/sql/measure_latencies.sql`). By team, or over all customers.
LATENCY = """
CREATE TABLE usage_latency (
    hour timestamptz NOT NULL,
    by_team boolean NOT NULL,
    customer_id varchar(100),
    team_id varchar(100),
    provider varchar(100),
    model text,
    requests integer NOT NULL,
    total_buckets smallint[] NOT NULL,
    total_counts integer[] NOT NULL,
    first_buckets smallint[] NOT NULL,
    first_counts integer[] NOT NULL
);
CREATE INDEX usage_latency_by_hour ON usage_latency (by_team, hour);
CREATE INDEX usage_latency_by_customer ON usage_latency (customer_id, hour) WHERE by_team;
"""

DROP = """
DROP TABLE usage_latency;
DROP INDEX usage_by_cost;
ALTER TABLE usage_rollup
    DROP COLUMN rescued_by_retry, DROP COLUMN rescued_by_fallback,
    DROP COLUMN refused_by_budget, DROP COLUMN refused_by_rate_limit;
"""


class Migration(migrations.Migration):
    dependencies = [("usage", "0004_verdict")]
    operations = [
        migrations.RunSQL(COLUMNS + FILL + LATENCY, DROP),
    ]
