-- Forgets which records of a day (UTC) an import brought.
DELETE FROM moving_in_importedrecord
WHERE batch_id = %(batch)s AND at >= %(day)s AND at < %(day)s + interval '1 day'
