-- Takes metadata out of facets that no hour after %(until)s counts in. One that is used again all
-- the same tells no metadata apart, which is slower to report and never wrong. Of a customer or,
-- for null, of all. Answers how many, at most %(rows)s.
WITH chosen AS (
    SELECT id FROM usage_facet facet
    WHERE by_key AND (metadata <> '{}' OR folded <> '{}')
      AND (%(customer)s::text IS NULL OR customer_id = %(customer)s)
      AND since <= %(until)s
      AND NOT EXISTS (
          SELECT FROM usage_rollup
          WHERE usage_rollup.by_key AND hour > %(until)s AND facet_id = facet.id
      )
    ORDER BY id LIMIT %(rows)s
    FOR UPDATE SKIP LOCKED
), blurred AS (
    UPDATE usage_facet facet SET metadata = '{}', folded = NULL FROM chosen
    WHERE facet.id = chosen.id
    RETURNING 1
)
SELECT count(*) FROM blurred
