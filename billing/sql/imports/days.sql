-- The days (UTC) that an import brought records of.
SELECT DISTINCT date_trunc('day', at, 'UTC') AS day
FROM moving_in_importedrecord WHERE batch_id = %(batch)s
ORDER BY day
