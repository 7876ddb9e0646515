-- Where balances, ledger and usage disagree: one row a difference, none when the books are right.
--
-- A balance's spent is what usage records and ledger entries booked on it add up to; its reserved
-- is what the processes' allowances hold of it. A rolling balance is the sum of its buckets, and a bucket
-- is what was booked in its time; what lies before both the oldest bucket and the window has left.
-- Joins are full: money booked on a balance that does not exist is a difference, too. `expected`
-- and `found` are US dollars; of a duplicate record they count records. At most 1000 rows.
WITH balance AS MATERIALIZED (
    SELECT balance.id, balance.spent_usd, balance.reserved_usd, budget.id AS budget,
           concat_ws(' ', budget.owner_type,
                     coalesce(budget.customer_id, budget.team_id, budget.virtual_key_id)) AS owner,
           CASE
               WHEN period ~ '^[0-9]+d$' THEN make_interval(hours => 24 * left(period, -1)::int)
               WHEN period ~ '^[0-9]+h$' THEN make_interval(hours => left(period, -1)::int)
           END AS length
    FROM budgets_balance balance JOIN budgets_budget budget ON budget.id = balance.budget_id
), booking AS (
    SELECT balance_id, at, coalesce(cost_usd, 0) AS amount_usd
    FROM usage_usagerecord, unnest(balances) AS balance_id
    UNION ALL
    SELECT balance_id, at, amount_usd FROM budgets_ledgerentry
), booked AS MATERIALIZED (
    SELECT balance_id, date_bin(length / 60, at, 'epoch'::timestamptz) AS bucket_start,
           sum(amount_usd) AS amount_usd
    FROM booking LEFT JOIN balance ON balance.id = balance_id
    GROUP BY 1, 2
), bucket AS MATERIALIZED (
    SELECT balance.id AS balance_id, bucket_start, bucket.spent_usd
    FROM budgets_balancebucket bucket JOIN balance ON balance.id = bucket.balance_id
    WHERE length IS NOT NULL
), live AS (
    SELECT balance.id AS balance_id,
           least(min(bucket_start), statement_timestamp() - length) AS since
    FROM balance LEFT JOIN bucket ON bucket.balance_id = balance.id
    WHERE length IS NOT NULL
    GROUP BY balance.id, length
), held AS (
    SELECT balance_id, sum(amount_usd) AS amount_usd FROM budgets_allowance GROUP BY balance_id
), claim AS (
    SELECT 'spent' AS kind, coalesce(counter.id, balance_id) AS balance_id, '' AS detail,
           amount_usd AS expected, spent_usd AS found
    FROM (SELECT id, spent_usd FROM balance WHERE length IS NULL) counter
    FULL JOIN (SELECT * FROM booked WHERE bucket_start IS NULL) plain ON balance_id = counter.id
    UNION ALL
    SELECT 'reserved', coalesce(balance.id, balance_id), '', amount_usd, reserved_usd
    FROM balance FULL JOIN held ON balance_id = balance.id
    UNION ALL
    SELECT 'rolling_spent', balance.id, '', sum(bucket.spent_usd), balance.spent_usd
    FROM balance LEFT JOIN bucket ON bucket.balance_id = balance.id
    WHERE length IS NOT NULL
    GROUP BY balance.id, balance.spent_usd
    UNION ALL
    SELECT 'bucket', balance_id, to_char(bucket_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI"Z"'),
           amount_usd, spent_usd
    FROM bucket
    FULL JOIN (
        SELECT booked.* FROM booked JOIN live USING (balance_id) WHERE bucket_start >= since
    ) recent USING (balance_id, bucket_start)
), difference AS (
    SELECT CASE WHEN balance.id IS NULL THEN 'unknown_balance' ELSE kind END AS kind,
           balance_id, budget, owner, detail,
           coalesce(expected, 0) AS expected, coalesce(found, 0) AS found
    FROM claim LEFT JOIN balance ON balance.id = balance_id
    WHERE balance.id IS NULL OR coalesce(expected, 0) <> coalesce(found, 0)
    UNION ALL
    SELECT 'duplicate_record', NULL, NULL, NULL, request_id, 1, count(*)
    FROM usage_usagerecord
    WHERE cost_usd IS DISTINCT FROM 0
    GROUP BY request_id HAVING count(*) > 1
)
SELECT kind, balance_id, budget, owner, detail, expected, found, found - expected AS difference
FROM difference
ORDER BY kind, balance_id, detail
LIMIT 1000
