-- Opens the balance of a budget's window unless it is open. The first draw of a window creates it,
-- so no job that turns windows can be late.
INSERT INTO budgets_balance (budget_id, period, window_start, window_end)
VALUES (%(budget_id)s, %(period)s, %(window_start)s, %(window_end)s)
ON CONFLICT (budget_id, period, window_start) DO NOTHING
