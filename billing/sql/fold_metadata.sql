-- Folds what a virtual key's metadata tells apart in the rollup where that has become too much.
--
-- A service may send an id of its own with each request, and a row of the rollup for each would be
-- the records over again. Of a virtual key that brought more than %(objects_max)s new metadata
-- objects within a day those keys are folded that take about as many values as there are objects,
-- or else the one that takes most; all of it, if there are that many keys, too. What came before
-- stays told apart. Answers the virtual keys.
WITH fresh AS MATERIALIZED (
    SELECT DISTINCT virtual_key_id, metadata - coalesce(folding.keys, '{}') AS metadata
    FROM usage_facet facet LEFT JOIN usage_foldedmetadata folding USING (virtual_key_id)
    WHERE facet.by_key AND facet.since > now() - interval '1 day'
      AND (folding.virtual_key_id IS NULL OR folding.keys IS NOT NULL)
), many AS (
    SELECT virtual_key_id, count(*) AS objects FROM fresh
    GROUP BY virtual_key_id HAVING count(*) > %(objects_max)s
), varied AS (
    SELECT virtual_key_id, objects, key, count(DISTINCT value) AS variety,
           max(count(DISTINCT value)) OVER (PARTITION BY virtual_key_id) AS variety_max
    FROM fresh JOIN many USING (virtual_key_id), jsonb_each_text(metadata)
    GROUP BY virtual_key_id, objects, key
)
INSERT INTO usage_foldedmetadata AS folding (virtual_key_id, keys)
SELECT virtual_key_id,
       CASE WHEN count(*) <= %(objects_max)s
            THEN array_agg(key) FILTER (WHERE variety >= least(objects / 2.0, variety_max)) END
FROM varied
GROUP BY virtual_key_id
ORDER BY virtual_key_id
ON CONFLICT (virtual_key_id) DO UPDATE SET
    keys = CASE WHEN excluded.keys IS NOT NULL THEN folding.keys || excluded.keys END
RETURNING virtual_key_id
