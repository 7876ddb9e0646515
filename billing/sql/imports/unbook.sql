-- Takes an import's records of a day (UTC) out of the books. They are on no balance. Answers the
-- hours that had any.
WITH gone AS (
    DELETE FROM usage_usagerecord record USING moving_in_importedrecord imported
    WHERE imported.batch_id = %(batch)s
      AND imported.at >= %(day)s AND imported.at < %(day)s + interval '1 day'
      AND record.at = imported.at AND record.request_id = imported.request_id
      AND record.at >= %(day)s AND record.at < %(day)s + interval '1 day'
    RETURNING record.at
)
SELECT DISTINCT date_trunc('hour', at, 'UTC') AS hour FROM gone ORDER BY hour
