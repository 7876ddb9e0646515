-- Where one flush works, in its connection alone: the batch as it came, and what of it is new.
CREATE TEMPORARY TABLE staged (record jsonb NOT NULL) ON COMMIT DELETE ROWS;
CREATE TEMPORARY TABLE booked (LIKE usage_usagerecord) ON COMMIT DELETE ROWS
