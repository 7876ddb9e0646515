-- Of the staged records leaves those that are this import's.
DELETE FROM staged
WHERE NOT EXISTS (
    SELECT FROM moving_in_importedrecord claimed
    WHERE claimed.request_id = staged.record ->> 'request_id' AND claimed.batch_id = %(batch)s
)
