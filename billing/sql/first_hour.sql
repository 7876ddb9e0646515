-- The first hour that is told apart by virtual key; null where nothing is.
SELECT min(hour) FROM usage_rollup WHERE by_key
