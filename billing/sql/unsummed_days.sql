-- The days (UTC) before %(until)s that have an hour in the rollup and are not summed up, the newest
-- first, at most %(days_max)s.
SELECT day FROM (
    SELECT generate_series(
        date_trunc('day', min(hour), 'UTC'), %(until)s::timestamptz - interval '1 day', '1 day'
    ) AS day FROM usage_rollup WHERE NOT by_key
) past
WHERE NOT EXISTS (SELECT FROM usage_summedday summed WHERE summed.day = past.day)
  AND EXISTS (
      SELECT FROM usage_rollup
      WHERE NOT by_key AND hour >= past.day AND hour < past.day + interval '1 day'
  )
ORDER BY day DESC
LIMIT %(days_max)s
