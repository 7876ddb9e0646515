-- Takes the amount on every balance of the budget path, or on none, and opens the reservation.
--
-- Balances are locked in id order, so two paths that share budgets cannot deadlock. The limit is
-- read here, not from the caller's memory. Answers one row a balance, with whether it had room;
-- the reservation is open when all have (or when the path is empty). Fewer rows than balances were
-- asked for mean that one does not exist, and that nothing was taken.
WITH held AS MATERIALIZED (
    SELECT id, budget_id, window_end, spent_usd, reserved_usd
    FROM budgets_balance
    WHERE id = ANY (%(balances)s::bigint[])
    ORDER BY id
    FOR UPDATE
), verdict AS MATERIALIZED (
    SELECT held.*, budget.limit_usd,
           budget.enforcement = 'soft'
           OR budget.archived_at IS NOT NULL
           OR held.spent_usd + held.reserved_usd + %(amount_usd)s <= budget.limit_usd AS fits
    FROM held JOIN budgets_budget budget ON budget.id = held.budget_id
), decision AS MATERIALIZED (
    SELECT count(*) = cardinality(%(balances)s::bigint[]) AND coalesce(bool_and(fits), true)
           AS granted
    FROM verdict
), taken AS (
    UPDATE budgets_balance balance
    SET reserved_usd = balance.reserved_usd + %(amount_usd)s
    FROM verdict
    WHERE balance.id = verdict.id AND (SELECT granted FROM decision)
), opened AS (
    INSERT INTO budgets_reservation
        (request_id, at, virtual_key_id, reserved_usd, balances, record, expires_at)
    SELECT %(request_id)s, %(at)s, %(virtual_key_id)s, %(amount_usd)s, %(balances)s::bigint[],
           %(record)s, now() + make_interval(secs => %(lease_seconds)s)
    WHERE (SELECT granted FROM decision)
)
SELECT id, budget_id, window_end, spent_usd, reserved_usd, limit_usd, fits FROM verdict ORDER BY id
