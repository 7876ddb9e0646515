-- Says that a process lives, and what time it is. No row: it was taken for dead, or fenced off.
UPDATE budgets_process SET seen_at = clock_timestamp()
WHERE id = %(process)s AND generation = %(generation)s
RETURNING clock_timestamp() AS now
