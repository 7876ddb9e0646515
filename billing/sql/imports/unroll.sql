-- Empties the rollup of some hours, and takes their records as booked, to be rolled up anew.
WITH gone AS (
    DELETE FROM usage_rollup WHERE hour = ANY (%(hours)s)
)
INSERT INTO booked
SELECT * FROM usage_usagerecord
WHERE at >= %(day)s AND at < %(day)s + interval '1 day'
  AND date_trunc('hour', at, 'UTC') = ANY (%(hours)s)
