-- The ids of the balances of budget windows, by the position they were asked for in.
SELECT position, balance.id
FROM unnest(%(budgets)s::text[], %(periods)s::text[], %(starts)s::timestamptz[])
     WITH ORDINALITY AS asked (budget_id, period, window_start, position)
JOIN budgets_balance balance USING (budget_id, period, window_start)
