-- Draws slices of balances for a process: each balance on its own, as much as it has room for.
--
-- What is needed now comes first; of what is then left, a part on top, up to what is wanted: an
-- eighth, or less where more processes draw. Balances are locked in id order, so draws cannot
-- deadlock. The limit is read here, not from the caller's memory, and is that of the balance's window:
-- one that is over has no more what was carried over from it. Where the need does not fit and others
-- hold slices, they are asked to give back what they do not use.
--
-- Answers a row for each balance, with its counters and what the process has drawn of it in all;
-- none when the process is fenced off.
WITH fence AS MATERIALIZED (
    SELECT 1 FROM budgets_process
    WHERE id = %(process)s AND generation = %(generation)s
    FOR SHARE
), held AS MATERIALIZED (
    SELECT id, budget_id, period, window_start, window_end, spent_usd, reserved_usd
    FROM budgets_balance
    WHERE id = ANY (%(balances)s::bigint[]) AND EXISTS (SELECT FROM fence)
    ORDER BY id
    FOR UPDATE
), parts AS MATERIALIZED (
    SELECT greatest(8, 4 * count(*)) AS many FROM budgets_process
    WHERE seen_at > clock_timestamp() - interval '1 minute'
), room AS MATERIALIZED (
    SELECT held.*, need_usd, want_usd, in_force.limit_usd,
           budget.enforcement = 'soft' OR budget.archived_at IS NOT NULL AS is_unbound,
           greatest(0, in_force.limit_usd - held.spent_usd - held.reserved_usd) AS headroom_usd
    FROM unnest(%(balances)s::bigint[], %(needs)s::numeric[], %(wants)s::numeric[])
         AS asked (id, need_usd, want_usd)
    JOIN held USING (id)
    JOIN budgets_budget budget ON budget.id = held.budget_id
    CROSS JOIN LATERAL budgets_limit_of_balance(
        budget.id, budget.limit_usd, held.period, held.window_start, held.window_end
    ) AS in_force (limit_usd)
), granted AS MATERIALIZED (
    SELECT room.*, CASE
        WHEN is_unbound THEN want_usd
        WHEN need_usd >= headroom_usd THEN headroom_usd
        ELSE least(want_usd, need_usd + trunc((headroom_usd - need_usd) / many, 12))
    END AS granted_usd
    FROM room, parts
), taken AS (
    UPDATE budgets_balance balance
    SET reserved_usd = balance.reserved_usd + granted_usd
    FROM granted
    WHERE balance.id = granted.id AND granted_usd > 0
), kept AS (
    INSERT INTO budgets_allowance (process_id, balance_id, amount_usd)
    SELECT %(process)s, id, granted_usd FROM granted
    ON CONFLICT (balance_id, process_id)
    DO UPDATE SET amount_usd = budgets_allowance.amount_usd + excluded.amount_usd
    RETURNING balance_id, amount_usd AS drawn_usd
), recalled AS MATERIALIZED (
    SELECT count(pg_notify('purser_recall', id::text)) AS many
    FROM granted
    WHERE granted_usd < need_usd AND EXISTS (
        SELECT FROM budgets_allowance allowance
        WHERE balance_id = granted.id AND process_id <> %(process)s AND amount_usd > 0
    )
)
SELECT granted.id, granted_usd, drawn_usd, limit_usd, spent_usd,
       reserved_usd + granted_usd AS reserved_usd
FROM granted JOIN kept ON balance_id = granted.id, recalled
