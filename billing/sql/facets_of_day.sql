-- Makes the facets without metadata that the day (UTC) from %(day)s on is summed up by (`sum_up_day`).
-- Apart from it, since a flush that makes the same one may have to wait for the day.
INSERT INTO usage_facet (
    id, by_key, customer_id, team_id, provider, model, endpoint, status, cache, virtual_key_id,
    metadata, folded
)
SELECT DISTINCT ON (bare_id) bare_id, true, customer_id, team_id, provider, model, endpoint,
       status, cache, virtual_key_id, '{}'::jsonb, '{}'::text[]
FROM (
    SELECT facet.*,
           hash_record_extended(
               ROW(customer_id, team_id, provider, model, endpoint, status, cache, virtual_key_id,
                   '{}'::text, '{}'::text[]),
               usage_facet_seed()
           ) AS bare_id
    FROM usage_facet facet
    WHERE by_key AND id IN (
        SELECT facet_id FROM usage_rollup
        WHERE by_key AND hour >= %(day)s::timestamptz
          AND hour < %(day)s::timestamptz + interval '1 day'
    )
) used
WHERE NOT EXISTS (SELECT FROM usage_facet WHERE id = bare_id)
ORDER BY bare_id
ON CONFLICT (id) DO NOTHING
