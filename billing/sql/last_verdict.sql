-- What the last verification of the books found, and when. No row before the first.
SELECT at, differences FROM usage_verdict ORDER BY at DESC LIMIT 1
