-- Keeps flushes from the rollup until the transaction ends: what they have booked by then is seen,
-- and what they book from then on they add themselves.
LOCK TABLE usage_rollup IN SHARE ROW EXCLUSIVE MODE
