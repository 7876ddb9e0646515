-- Moves the money of the booked records from what the process holds to what is spent.
--
-- What a call cost beyond all that the process holds is spent all the same. Rolling budgets also
-- count the spend in the bucket of the record's time, so that it can leave with it; what has left
-- by now is not counted. Answers a row for each balance, with what was moved out of the
-- allowance and what is spent now.
WITH target AS MATERIALIZED (
    SELECT id, CASE right(period, 1)
        WHEN 'd' THEN make_interval(hours => 24 * left(period, -1)::int)
        WHEN 'h' THEN make_interval(hours => left(period, -1)::int)
    END AS length
    FROM (
        SELECT id, CASE WHEN period ~ '^[0-9]+[dh]$' THEN period END AS period
        FROM budgets_balance WHERE id IN (SELECT unnest(balances) FROM booked)
    ) rolling
), costs AS MATERIALIZED (
    SELECT balance_id, at, coalesce(cost_usd, 0) AS cost_usd
    FROM booked, unnest(balances) AS balance_id
), total AS MATERIALIZED (
    SELECT balance_id, sum(cost_usd) AS cost_usd FROM costs GROUP BY balance_id
), moved AS MATERIALIZED (
    SELECT balance_id, least(cost_usd, amount_usd) AS amount_usd
    FROM total JOIN budgets_allowance allowance USING (balance_id)
    WHERE process_id = %(process)s
), lessened AS (
    UPDATE budgets_allowance allowance SET amount_usd = allowance.amount_usd - moved.amount_usd
    FROM moved
    WHERE allowance.balance_id = moved.balance_id AND process_id = %(process)s
), spends AS MATERIALIZED (
    SELECT balance_id, length IS NOT NULL AS is_rolling,
           date_bin(length / 60, at, 'epoch'::timestamptz) AS bucket_start,
           sum(cost_usd) AS spent_usd
    FROM costs JOIN target ON target.id = balance_id
    WHERE length IS NULL
       OR date_bin(length / 60, at, 'epoch'::timestamptz) + length / 60 > now() - length
    GROUP BY 1, 2, 3
), bucketed AS (
    INSERT INTO budgets_balancebucket (balance_id, bucket_start, spent_usd)
    SELECT balance_id, bucket_start, spent_usd FROM spends WHERE is_rolling AND spent_usd > 0
    ON CONFLICT (balance_id, bucket_start)
    DO UPDATE SET spent_usd = budgets_balancebucket.spent_usd + excluded.spent_usd
)
UPDATE budgets_balance balance
SET spent_usd = balance.spent_usd + change.spent_usd,
    reserved_usd = balance.reserved_usd - change.moved_usd
FROM (
    SELECT total.balance_id, coalesce(sum(spends.spent_usd), 0) AS spent_usd,
           coalesce(max(moved.amount_usd), 0) AS moved_usd
    FROM total LEFT JOIN spends USING (balance_id) LEFT JOIN moved USING (balance_id)
    GROUP BY total.balance_id
) change
WHERE balance.id = change.balance_id
RETURNING balance.id, budget_id, moved_usd, balance.spent_usd
