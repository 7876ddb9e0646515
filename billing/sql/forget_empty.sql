-- Drops the rows of a process that hold nothing; its next draw makes them anew.
DELETE FROM budgets_allowance WHERE process_id = %(process)s AND amount_usd = 0
