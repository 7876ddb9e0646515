-- Books a batch of usage records exactly once and moves their money from reserved to spent.
--
-- Runs in one transaction with `lock_balances`. A record that is booked already moves nothing; its
-- reservation, if still open, is closed all the same. Rolling budgets also count the spend in the
-- bucket of the record's time, so that it can leave with it; what has left by now is not counted.
WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(records)s::jsonb) AS record (
        request_id text, at timestamptz, customer_id text, team_id text, virtual_key_id text,
        metadata jsonb, endpoint text, model_requested text, provider text, model text,
        status smallint, error_code text, streamed boolean, cache text,
        input_tokens bigint, cached_input_tokens bigint, cache_write_tokens bigint,
        output_tokens bigint, reasoning_tokens bigint, token_details jsonb, usage_source text,
        service_tier text, cost_usd numeric, saved_usd numeric, reserved_usd numeric, price_id text,
        attempts jsonb, balances bigint[], ttft_ms float8, total_ms float8, gateway_ms float8
    )
), booked AS (
    INSERT INTO usage_usagerecord (
        request_id, at, customer_id, team_id, virtual_key_id, metadata, endpoint, model_requested,
        provider, model, status, error_code, streamed, cache, input_tokens, cached_input_tokens,
        cache_write_tokens, output_tokens, reasoning_tokens, token_details, usage_source,
        service_tier, cost_usd, saved_usd, reserved_usd, price_id, attempts, balances,
        ttft_ms, total_ms, gateway_ms
    )
    SELECT request_id, at, customer_id, team_id, virtual_key_id, metadata, endpoint,
        model_requested, provider, model, status, error_code, streamed, cache, input_tokens,
        cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, token_details,
        usage_source, service_tier, cost_usd, saved_usd, reserved_usd, price_id, attempts, balances,
        ttft_ms, total_ms, gateway_ms
    FROM given
    ON CONFLICT (at, request_id) DO NOTHING
    RETURNING at, cost_usd, balances
), closed AS (
    DELETE FROM budgets_reservation reservation USING given
    WHERE reservation.request_id = given.request_id
    RETURNING reservation.balances, reservation.reserved_usd
), target AS MATERIALIZED (
    SELECT id, CASE right(period, 1)
        WHEN 'd' THEN make_interval(hours => 24 * left(period, -1)::int)
        WHEN 'h' THEN make_interval(hours => left(period, -1)::int)
    END AS length
    FROM (
        SELECT id, CASE WHEN period ~ '^[0-9]+[dh]$' THEN period END AS period
        FROM budgets_balance WHERE id IN (SELECT unnest(balances) FROM booked)
    ) rolling
), spends AS MATERIALIZED (
    SELECT target.id AS balance_id, length IS NOT NULL AS is_rolling,
           date_bin(length / 60, booked.at, 'epoch'::timestamptz) AS bucket_start,
           sum(coalesce(cost_usd, 0)) AS spent_usd
    FROM booked, unnest(booked.balances) AS balance_id
    JOIN target ON target.id = balance_id
    WHERE length IS NULL
       OR date_bin(length / 60, booked.at, 'epoch'::timestamptz) + length / 60 > now() - length
    GROUP BY 1, 2, 3
), bucketed AS (
    INSERT INTO budgets_balancebucket (balance_id, bucket_start, spent_usd)
    SELECT balance_id, bucket_start, spent_usd FROM spends WHERE is_rolling AND spent_usd > 0
    ON CONFLICT (balance_id, bucket_start)
    DO UPDATE SET spent_usd = budgets_balancebucket.spent_usd + excluded.spent_usd
), moves AS (
    SELECT balance_id, spent_usd, 0::numeric AS released_usd FROM spends
    UNION ALL
    SELECT balance_id, 0, reserved_usd FROM closed, unnest(closed.balances) AS balance_id
)
UPDATE budgets_balance balance
SET spent_usd = balance.spent_usd + total.spent_usd,
    reserved_usd = balance.reserved_usd - total.released_usd
FROM (
    SELECT balance_id, sum(spent_usd) AS spent_usd, sum(released_usd) AS released_usd
    FROM moves GROUP BY balance_id
) total
WHERE balance.id = total.balance_id
