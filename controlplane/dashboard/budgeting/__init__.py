"""The page of budgets: what is asked for in its URL and forms, and what it shows."""
