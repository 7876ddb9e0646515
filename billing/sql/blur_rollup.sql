-- Takes metadata out of the rollup, at most %(rows)s sums at a time; the sums stay what they are.
--
-- Sums of one hour go to the facet that tells no metadata apart (its `folded` is null), where the
-- records answer for it. So reports and verifications are right at every moment, whichever of
-- both forgets first. Nobody may add to the rollup meanwhile: facets are locked before. Of a
-- customer or, for null, of all; hours from %(start)s to %(end)s. Answers how many.
WITH chosen AS MATERIALIZED (
    SELECT hour, facet_id, customer_id, team_id, provider, model, endpoint, status, cache,
           virtual_key_id,
           hash_record_extended(
               ROW(customer_id, team_id, provider, model, endpoint, status, cache, virtual_key_id,
                   '{}'::text, NULL::text[]),
               usage_facet_seed()
           ) AS blurred_id
    FROM usage_rollup rollup JOIN usage_facet facet ON facet.id = facet_id
    WHERE rollup.by_key AND facet.by_key AND hour >= %(start)s AND hour <= %(end)s
      AND (facet.metadata <> '{}' OR folded <> '{}')
      AND (%(customer)s::text IS NULL OR customer_id = %(customer)s)
    LIMIT %(rows)s
), taken AS (
    DELETE FROM usage_rollup rollup USING chosen
    WHERE rollup.by_key AND rollup.hour = chosen.hour AND rollup.facet_id = chosen.facet_id
    RETURNING rollup.*
), facets AS (
    INSERT INTO usage_facet (
        id, by_key, customer_id, team_id, provider, model, endpoint, status, cache, virtual_key_id,
        metadata, folded
    )
    SELECT DISTINCT ON (blurred_id) blurred_id, true, customer_id, team_id, provider, model,
           endpoint, status, cache, virtual_key_id, '{}'::jsonb, NULL::text[]
    FROM chosen
    ON CONFLICT (id) DO NOTHING
), moved AS (
    INSERT INTO usage_rollup AS rollup (
        by_key, hour, facet_id, requests, answered, refused, unpriced_requests, input_tokens,
        cached_input_tokens, cache_write_tokens, output_tokens, reasoning_tokens, cost_usd,
        saved_usd, rescued_by_retry, rescued_by_fallback, refused_by_budget, refused_by_rate_limit
    )
    SELECT true, hour, blurred_id, sum(requests), sum(answered), sum(refused),
           sum(unpriced_requests), sum(input_tokens), sum(cached_input_tokens),
           sum(cache_write_tokens), sum(output_tokens), sum(reasoning_tokens), sum(cost_usd),
           sum(saved_usd), sum(rescued_by_retry), sum(rescued_by_fallback),
           sum(refused_by_budget), sum(refused_by_rate_limit)
    FROM taken JOIN chosen USING (hour, facet_id)
    GROUP BY hour, blurred_id
    ON CONFLICT (hour, facet_id, by_key) DO UPDATE SET
        requests = rollup.requests + excluded.requests,
        answered = rollup.answered + excluded.answered,
        refused = rollup.refused + excluded.refused,
        unpriced_requests = rollup.unpriced_requests + excluded.unpriced_requests,
        input_tokens = rollup.input_tokens + excluded.input_tokens,
        cached_input_tokens = rollup.cached_input_tokens + excluded.cached_input_tokens,
        cache_write_tokens = rollup.cache_write_tokens + excluded.cache_write_tokens,
        output_tokens = rollup.output_tokens + excluded.output_tokens,
        reasoning_tokens = rollup.reasoning_tokens + excluded.reasoning_tokens,
        cost_usd = rollup.cost_usd + excluded.cost_usd,
        saved_usd = rollup.saved_usd + excluded.saved_usd,
        rescued_by_retry = rollup.rescued_by_retry + excluded.rescued_by_retry,
        rescued_by_fallback = rollup.rescued_by_fallback + excluded.rescued_by_fallback,
        refused_by_budget = rollup.refused_by_budget + excluded.refused_by_budget,
        refused_by_rate_limit = rollup.refused_by_rate_limit + excluded.refused_by_rate_limit
)
SELECT count(*) FROM taken
