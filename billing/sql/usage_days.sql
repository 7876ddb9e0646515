-- The days (UTC) that have usage records, or sums of them.
SELECT date_trunc('day', at, 'UTC') AS day FROM usage_usagerecord
UNION
SELECT date_trunc('day', hour, 'UTC') FROM usage_rollup
ORDER BY day
