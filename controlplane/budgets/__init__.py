"""Budgets and, read-only, the balances that the ledger keeps for them."""
