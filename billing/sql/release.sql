-- Gives a reservation back whole: its call was never made, or cost nothing.
WITH held AS MATERIALIZED (
    SELECT id FROM budgets_balance WHERE id = ANY (%(balances)s::bigint[]) ORDER BY id FOR UPDATE
), closed AS (
    DELETE FROM budgets_reservation
    WHERE request_id = %(request_id)s AND (SELECT count(*) FROM held) >= 0
    RETURNING balances, reserved_usd
)
UPDATE budgets_balance balance
SET reserved_usd = balance.reserved_usd - closed.reserved_usd
FROM closed
WHERE balance.id = ANY (closed.balances)
