-- Processes that were not seen for as long as a lease lasts: their host, with its journal, is gone.
SELECT id, host FROM budgets_process
WHERE seen_at < clock_timestamp() - make_interval(secs => %(lease_seconds)s)
ORDER BY id
LIMIT 10
FOR UPDATE SKIP LOCKED
