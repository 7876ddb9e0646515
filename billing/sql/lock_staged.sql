-- Locks the balances that staged records name, in id order, before any of them is touched.
SELECT balance.id FROM budgets_balance balance
WHERE (budget_id, period, window_start) IN (
    SELECT budget_id, period, window_start
    FROM staged, jsonb_to_recordset(record -> 'windows')
         AS asked (budget_id text, period text, window_start timestamptz)
)
ORDER BY balance.id
FOR UPDATE
