-- Opens the budget windows that staged records name and no draw has opened: those of soft budgets,
-- which nobody draws from. A budget that is gone has none.
INSERT INTO budgets_balance (budget_id, period, window_start, window_end)
SELECT DISTINCT budget.id, period, window_start, window_end
FROM staged, jsonb_to_recordset(record -> 'windows')
     AS asked (budget_id text, period text, window_start timestamptz, window_end timestamptz)
JOIN budgets_budget budget ON budget.id = budget_id
WHERE NOT EXISTS (
    SELECT FROM budgets_balance balance
    WHERE balance.budget_id = asked.budget_id
      AND balance.period = asked.period AND balance.window_start = asked.window_start
)
ORDER BY 1, 2, 3
ON CONFLICT (budget_id, period, window_start) DO NOTHING
