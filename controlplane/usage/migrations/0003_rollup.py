"""The hourly rollup of the usage records, and what is needed to write it.

A row holds the sums of one hour (UTC) and one facet: one combination of what reports filter and
group by. Every record counts in two rows, one by team (few rows, which most reports read) and one
by virtual key and metadata. `billing/sql/roll_up.sql` is the only statement that adds to them.
"""

from django.db import migrations

CREATE = """
CREATE TABLE usage_facet (
    id bigint PRIMARY KEY,
    by_key boolean NOT NULL,
    customer_id varchar(100),
    team_id varchar(100),
    provider varchar(100),
    model text,
    endpoint varchar(64) NOT NULL,
    status smallint NOT NULL,
    cache varchar(8) NOT NULL,
    -- By team, these three say nothing.
    virtual_key_id varchar(100),
    metadata jsonb NOT NULL,
    -- The metadata keys whose values are left out of `metadata`; null: all of them.
    folded text[],
    since timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX usage_facet_by_since ON usage_facet (since);

-- A facet's id is a hash of its values. The seed, drawn here, keeps outsiders from choosing
-- metadata that would meet another facet's id.
DO $$ BEGIN
    EXECUTE format(
        'CREATE FUNCTION usage_facet_seed() RETURNS bigint '
        'LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN %L::bigint',
        hashtextextended(gen_random_uuid()::text, 0)
    );
END $$;

CREATE TABLE usage_rollup (
    by_key boolean NOT NULL,
    hour timestamptz NOT NULL,
    facet_id bigint NOT NULL,
    requests integer NOT NULL,
    answered integer NOT NULL,
    refused integer NOT NULL,
    unpriced_requests integer NOT NULL,
    input_tokens bigint NOT NULL,
    cached_input_tokens bigint NOT NULL,
    cache_write_tokens bigint NOT NULL,
    output_tokens bigint NOT NULL,
    reasoning_tokens bigint NOT NULL,
    cost_usd numeric NOT NULL,
    saved_usd numeric NOT NULL,
    PRIMARY KEY (hour, facet_id, by_key)
) PARTITION BY LIST (by_key);

-- The rows of the current hour change many times a second: room on each page lets the new versions
-- stay there, and the index as it is.
CREATE TABLE usage_rollup_by_team PARTITION OF usage_rollup FOR VALUES IN (false)
    WITH (fillfactor = 70);
CREATE TABLE usage_rollup_by_key PARTITION OF usage_rollup FOR VALUES IN (true)
    WITH (fillfactor = 70);

-- Metadata that takes too many values to be told apart in the rollup, by who sends it: these keys,
-- or all of them (null). It says how records are rolled up from now on, not how they were.
CREATE TABLE usage_foldedmetadata (
    virtual_key_id varchar(100) PRIMARY KEY,
    keys text[],
    since timestamptz NOT NULL DEFAULT now()
);
"""

# The records that exist. Nobody may write one before what writes them also rolls them up.
FILL = """
LOCK TABLE usage_usagerecord IN SHARE MODE;

INSERT INTO usage_foldedmetadata (virtual_key_id, keys)
SELECT virtual_key_id, array_agg(key)
FROM (
    SELECT virtual_key_id, key FROM usage_usagerecord, jsonb_each_text(metadata)
    WHERE virtual_key_id IS NOT NULL
    GROUP BY virtual_key_id, key HAVING count(DISTINCT value) > 1000
) varied
GROUP BY virtual_key_id;

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
FROM rolled;

INSERT INTO usage_rollup
SELECT by_key, hour, facet_id, requests, answered, refused, unpriced_requests, input_tokens,
       cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_usd, saved_usd
FROM rolled;
"""

DROP = """
DROP TABLE usage_foldedmetadata, usage_rollup, usage_facet;
DROP FUNCTION usage_facet_seed();
"""


class Migration(migrations.Migration):
    dependencies = [("usage", "0002_booked_request")]
    operations = [
        migrations.RunSQL(CREATE, DROP),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
