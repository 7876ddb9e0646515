-- What a process holds: the truth it reconciles its memory with.
SELECT balance_id, amount_usd FROM budgets_allowance WHERE process_id = %(process)s
