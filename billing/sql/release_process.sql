-- Ends a process: what it still holds goes back to its balances. To be run once everything it had
-- settled or had under way is in the books, and in a transaction that keeps it from drawing: after
-- `register` raised its generation, or with its row locked.
WITH held AS MATERIALIZED (
    SELECT id FROM budgets_balance
    WHERE id IN (SELECT balance_id FROM budgets_allowance WHERE process_id = %(process)s)
    ORDER BY id
    FOR UPDATE
), released AS (
    DELETE FROM budgets_allowance allowance USING held
    WHERE balance_id = held.id AND process_id = %(process)s
    RETURNING balance_id, amount_usd
), freed AS (
    UPDATE budgets_balance balance SET reserved_usd = balance.reserved_usd - amount_usd
    FROM released
    WHERE balance.id = balance_id
)
DELETE FROM budgets_process WHERE id = %(process)s
