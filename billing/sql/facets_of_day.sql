-- Makes the facets that the day (UTC) from %(day)s on is summed up by (`sum_up_day`): those of its
-- virtual keys without metadata, those of its teams without a team. Apart from it, since a flush
-- that makes the same one may have to wait for the day.
INSERT INTO usage_facet (
    id, by_key, customer_id, team_id, provider, model, endpoint, status, cache, virtual_key_id,
    metadata, folded
)
SELECT DISTINCT ON (bare_id) bare_id, by_key, customer_id, CASE WHEN by_key THEN team_id END,
       provider, model, endpoint, status, cache, virtual_key_id, '{}'::jsonb,
       CASE WHEN by_key THEN '{}'::text[] END
FROM (
    SELECT facet.*,
           CASE WHEN by_key THEN hash_record_extended(
               ROW(customer_id, team_id, provider, model, endpoint, status, cache, virtual_key_id,
                   '{}'::text, '{}'::text[]),
               usage_facet_seed()
           ) ELSE hash_record_extended(
               ROW(customer_id, NULL::varchar, provider, model, endpoint, status, cache),
               usage_facet_seed()
           ) END AS bare_id
    FROM usage_facet facet
    WHERE id IN (
        SELECT facet_id FROM usage_rollup
        WHERE hour >= %(day)s::timestamptz AND hour < %(day)s::timestamptz + interval '1 day'
    )
) used
WHERE NOT EXISTS (SELECT FROM usage_facet WHERE id = bare_id)
ORDER BY bare_id
ON CONFLICT (id) DO NOTHING
