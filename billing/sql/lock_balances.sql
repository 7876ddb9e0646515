-- Locks the balances a batch of settlements will touch, in id order, before any of it runs.
SELECT id FROM budgets_balance WHERE id = ANY (%(balances)s::bigint[]) ORDER BY id FOR UPDATE
