-- Opens the balances of budget windows that are not open yet. The first draw of a window creates
-- it, so no job that turns windows can be late.
INSERT INTO budgets_balance (budget_id, period, window_start, window_end)
SELECT budget.id, period, window_start, window_end
FROM unnest(
    %(budgets)s::text[], %(periods)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[]
) AS asked (budget_id, period, window_start, window_end)
JOIN budgets_budget budget ON budget.id = budget_id
ORDER BY 1, 2, 3
ON CONFLICT (budget_id, period, window_start) DO NOTHING
