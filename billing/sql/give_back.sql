-- Gives slices back to their balances: what a process holds of them and will not use.
-- Answers a row for each that was; none when the process is fenced off.
WITH fence AS MATERIALIZED (
    SELECT 1 FROM budgets_process
    WHERE id = %(process)s AND generation = %(generation)s
    FOR SHARE
), held AS MATERIALIZED (
    SELECT id FROM budgets_balance
    WHERE id = ANY (%(balances)s::bigint[]) AND EXISTS (SELECT FROM fence)
    ORDER BY id
    FOR UPDATE
), lessened AS (
    UPDATE budgets_allowance allowance SET amount_usd = allowance.amount_usd - asked.amount_usd
    FROM held
    JOIN unnest(%(balances)s::bigint[], %(amounts)s::numeric[]) AS asked (id, amount_usd) USING (id)
    WHERE allowance.balance_id = held.id AND process_id = %(process)s
    RETURNING held.id, asked.amount_usd
)
UPDATE budgets_balance balance SET reserved_usd = balance.reserved_usd - lessened.amount_usd
FROM lessened
WHERE balance.id = lessened.id
RETURNING balance.id
