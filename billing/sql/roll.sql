-- Lets the spend that has left a rolling window go: buckets that lie wholly before it are dropped
-- and their sum is taken off the balance. Late is safe (it only frees), twice is harmless.
WITH held AS MATERIALIZED (
    SELECT id FROM budgets_balance WHERE id = %(balance_id)s FOR UPDATE
), gone AS (
    DELETE FROM budgets_balancebucket bucket USING held
    WHERE bucket.balance_id = held.id
      AND bucket.bucket_start + %(length)s::interval / 60 <= now() - %(length)s::interval
    RETURNING bucket.spent_usd
)
UPDATE budgets_balance balance
SET spent_usd = balance.spent_usd - freed.spent_usd
FROM (SELECT sum(spent_usd) AS spent_usd FROM gone) freed
WHERE balance.id = %(balance_id)s AND freed.spent_usd IS NOT NULL
RETURNING freed.spent_usd
