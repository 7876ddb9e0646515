-- Makes a process known, or known anew, and raises its generation.
--
-- Whatever an earlier generation still has under way can move no money from here on: every
-- statement that does is fenced by process and generation. Waits for those that have begun.
INSERT INTO budgets_process (id, host, generation, started_at, seen_at)
VALUES (%(process)s, %(host)s, 1, clock_timestamp(), clock_timestamp())
ON CONFLICT (id) DO UPDATE
SET generation = budgets_process.generation + 1, seen_at = clock_timestamp()
RETURNING generation, clock_timestamp() AS now
