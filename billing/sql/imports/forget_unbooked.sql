-- Forgets the staged records that were in the books already by another way: they are not an
-- import's to undo.
DELETE FROM moving_in_importedrecord claimed USING staged
WHERE claimed.request_id = staged.record ->> 'request_id'
  AND NOT EXISTS (SELECT FROM booked WHERE booked.request_id = claimed.request_id)
