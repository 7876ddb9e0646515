-- Takes out of usage records what clients said in their own words: metadata, and the names of
-- models that nobody knew. Amounts, tokens, times and ids stay. Of a customer or, for null, of
-- all; records up to %(until)s that come after (%(at)s, %(request_id)s), at most %(rows)s. Answers how
-- many, and the last of them.
WITH chosen AS MATERIALIZED (
    SELECT at, request_id FROM usage_usagerecord
    WHERE (%(customer)s::text IS NULL OR customer_id = %(customer)s)
      AND (metadata <> '{}' OR (provider IS NULL AND model_requested IS NOT NULL))
      AND at <= %(until)s AND at >= %(at)s AND (at, request_id) > (%(at)s, %(request_id)s)
    ORDER BY at, request_id LIMIT %(rows)s
), forgotten AS (
    UPDATE usage_usagerecord record SET
        metadata = '{}',
        model_requested = CASE WHEN record.provider IS NOT NULL THEN record.model_requested END
    FROM chosen
    WHERE record.at = chosen.at AND record.request_id = chosen.request_id
    RETURNING 1
)
SELECT (SELECT count(*) FROM forgotten), max(at), (array_agg(request_id ORDER BY at DESC,
       request_id DESC))[1] FROM chosen
