-- The hours since a moment whose latencies do not cover all answers of the rollup, the newest first.
SELECT hour
FROM (
    SELECT hour, sum(answered) AS answers
    FROM usage_rollup rollup JOIN usage_facet facet ON facet.id = facet_id
    WHERE NOT rollup.by_key AND hour >= %(since)s AND cache NOT IN ('exact', 'semantic')
    GROUP BY hour
) rolled
LEFT JOIN (
    SELECT hour, sum(requests) AS answers FROM usage_latency
    WHERE NOT by_team AND hour >= %(since)s
    GROUP BY hour
) measured USING (hour)
WHERE rolled.answers <> coalesce(measured.answers, 0)
ORDER BY hour DESC
LIMIT %(hours_max)s
