-- Notes the staged records as an import's, but for those that another one brought before: each id
-- is imported once, whenever it is said to have been.
INSERT INTO moving_in_importedrecord (request_id, at, batch_id)
SELECT record ->> 'request_id', (record ->> 'at')::timestamptz, %(batch)s
FROM staged
ORDER BY 1
ON CONFLICT (request_id) DO NOTHING
