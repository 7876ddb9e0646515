-- Holds a process in its generation for the transaction. No row: nothing may be moved for it.
SELECT 1 FROM budgets_process
WHERE id = %(process)s AND generation = %(generation)s
FOR SHARE
