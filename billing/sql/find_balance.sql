-- The id of the balance of a budget's window.
SELECT id FROM budgets_balance
WHERE budget_id = %(budget_id)s AND period = %(period)s AND window_start = %(window_start)s
