-- Writes the staged usage records that are not in the books yet; `booked` has those that it wrote.
WITH given AS (
    SELECT record.*, ARRAY(
        SELECT balance.id
        FROM jsonb_to_recordset(windows)
             AS asked (budget_id text, period text, window_start timestamptz)
        JOIN budgets_balance balance USING (budget_id, period, window_start)
        ORDER BY balance.id
    ) AS balances
    FROM staged, jsonb_to_record(staged.record) AS record (
        request_id text, at timestamptz, customer_id text, team_id text, virtual_key_id text,
        metadata jsonb, endpoint text, model_requested text, provider text, model text,
        status smallint, error_code text, streamed boolean, cache text,
        input_tokens bigint, cached_input_tokens bigint, cache_write_tokens bigint,
        output_tokens bigint, reasoning_tokens bigint, token_details jsonb, usage_source text,
        service_tier text, cost_usd numeric, saved_usd numeric, reserved_usd numeric, price_id text,
        attempts jsonb, windows jsonb, ttft_ms float8, total_ms float8, gateway_ms float8
    )
), written AS (
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
    ORDER BY at, request_id
    ON CONFLICT (at, request_id) DO NOTHING
    RETURNING *
)
INSERT INTO booked SELECT * FROM written
