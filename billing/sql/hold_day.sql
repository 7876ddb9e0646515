-- Whether nobody is changing hours of the day (UTC) of %(day)s; then nobody does until the end of
-- the transaction. Nothing is waited for, so that no flush ever waits for one that waits for us.
SELECT pg_try_advisory_xact_lock(usage_lock_of_day(%(day)s))
